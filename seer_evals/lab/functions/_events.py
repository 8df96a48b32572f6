"""A call as an event in the sample's transcript."""

import json
from collections.abc import Mapping
from typing import Any

from inspect_ai.log import transcript

MAX_SHOWN = 200
"""Characters of an argument."""


def record_call(
    *, caller: str, sandbox: str, function: str, arguments: Any, payload: bytes, seconds: float, outcome: str
) -> None:
    """Write down a call.

    Args:
        caller: Who called: `harness`, `tool`, `shell`, or the name of a kernel.
        sandbox: The scoped sandbox.
        function: Name of the function.
        arguments: Encoded, by name.
        payload: Their attachments.
        seconds: From the arrival of the call to its answer.
        outcome: `ok`, or the error as the caller saw it.
    """
    named = arguments.items() if isinstance(arguments, Mapping) else ()
    transcript().info(
        {
            "sandbox": sandbox[:MAX_SHOWN],
            "function": function[:MAX_SHOWN],
            "arguments": {str(name)[:MAX_SHOWN]: show(value, payload) for name, value in named},
            "seconds": round(seconds, 4),
            "outcome": outcome,
            "caller": caller,
        },
        source="call",
    )


def show(data: Any, payload: bytes) -> str:
    """An encoded value in a few words."""
    short = _short(data, payload)
    text = short if isinstance(short, str) else json.dumps(short, ensure_ascii=False)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"


def _short(data: Any, payload: bytes) -> Any:
    """The value as JSON, without more of it than can be shown."""
    if isinstance(data, str):
        return data[: MAX_SHOWN + 1]
    if isinstance(data, list):
        return [_short(item, payload) for item in data[:MAX_SHOWN]]
    if not isinstance(data, dict):
        return data
    if "$" not in data:
        return {str(key)[:MAX_SHOWN]: _short(item, payload) for key, item in list(data.items())[:MAX_SHOWN]}
    return _tagged(data, payload)


def _tagged(data: Mapping[str, Any], payload: bytes) -> Any:
    kind, at = data.get("$"), data.get("at")
    if kind in ("array", "tensor"):
        return f"{kind} {data.get('dtype')} {data.get('shape')}"[:MAX_SHOWN]
    if isinstance(at, list) and len(at) == 2 and all(isinstance(number, int) and number >= 0 for number in at):
        start = payload[at[0] : at[0] + min(at[1], MAX_SHOWN + 1)]
        return start.decode("utf-8", "replace") if kind == "str" else f"{at[1]} bytes"
    return _short(data.get("items", data.get("text")), payload)
