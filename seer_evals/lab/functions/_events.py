"""Calls as events in the sample's transcript: each in a few words, and not more of them than a log can hold."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from inspect_ai.log import transcript
from pydantic import JsonValue

from seer_evals.runtime.untrusted import whole

MAX_SHOWN = 200
"""Characters of an argument."""
MAX_NAMES = 24
"""Arguments of one call."""
MAX_OUTCOME = 2_000
"""Characters of an error."""
MAX_REFUSALS = 50
"""Refusals in one sample."""
MAX_SIZE = 8 * 2**20
"""Characters of all calls of one sample; an ordinary call takes 200."""


class CallLog:
    """Writes down the calls of one sample; beyond its bounds they are only counted, and the count is written."""

    def __init__(self) -> None:
        self._room = MAX_SIZE
        self._refusals = 0
        self._uncounted: Counter[str] = Counter()

    def call(
        self, *, caller: str, sandbox: str, function: str, arguments: Any, payload: bytes, seconds: float, outcome: str
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
        shown = _arguments(arguments, payload)
        self._write(caller, outcome, sandbox=sandbox, function=function, arguments=shown, seconds=round(seconds, 4))

    def refusal(self, why: str, caller: str = "unknown") -> None:
        """Write down a call that was refused before anybody looked at what it asks for."""
        self._refusals += 1
        if self._refusals > MAX_REFUSALS:
            self._count(caller)
        else:
            self._write(caller, f"refused: {why}")

    def close(self) -> None:
        """Write down how many calls are only counted."""
        for caller, count in self._uncounted.items():
            self._event(caller, f"{count} more calls of this caller are not written down")
        self._uncounted.clear()

    def _write(self, caller: str, outcome: str, **fields: Any) -> None:
        size = 200 + sum(map(len, fields.get("arguments", {}).values())) + min(len(outcome), MAX_OUTCOME)
        if size > self._room:
            self._count(caller)
            return
        self._room -= size
        self._event(caller, outcome, **fields)

    def _count(self, caller: str) -> None:
        if not self._uncounted[caller]:
            self._event(caller, "there are too many calls to write down: from here on, this caller's are counted")
        self._uncounted[caller] += 1

    @staticmethod
    def _event(
        caller: str,
        outcome: str,
        sandbox: str = "",
        function: str = "",
        arguments: Mapping[str, str] | None = None,
        seconds: float = 0.0,
    ) -> None:
        data: dict[str, JsonValue] = {
            "sandbox": whole(sandbox[:MAX_SHOWN]),
            "function": whole(function[:MAX_SHOWN]),
            "arguments": dict(arguments or {}),
            "seconds": seconds,
            "outcome": whole(outcome[:MAX_OUTCOME]),
            "caller": caller,
        }
        transcript().info(data, source="call")


def _arguments(arguments: Any, payload: bytes) -> dict[str, str]:
    if not isinstance(arguments, Mapping):
        return {}
    names = [name for _, name in zip(range(MAX_NAMES), arguments, strict=False)]
    shown = {whole(str(name)[:MAX_SHOWN]): show(arguments[name], payload) for name in names}
    return shown if len(arguments) <= MAX_NAMES else {**shown, "…": f"{len(arguments) - MAX_NAMES} more arguments"}


def show(data: Any, payload: bytes) -> str:
    """An encoded value in a few words; no more of it is looked at than is shown."""
    pieces = iter([data[: MAX_SHOWN + 1]]) if isinstance(data, str) else _pieces(data, payload, top=True)
    text = ""
    for piece in pieces:
        text += piece
        if len(text) > MAX_SHOWN:
            return f"{whole(text[:MAX_SHOWN])}…"
    return whole(text)


def _pieces(data: Any, payload: bytes, top: bool = False) -> Iterator[str]:
    if isinstance(data, dict) and "$" in data:
        data = _tagged(data, payload)
        if top and isinstance(data, str):
            yield data
            return
    if isinstance(data, str):
        yield json.dumps(data[: MAX_SHOWN + 1], ensure_ascii=False)
    elif isinstance(data, list):
        yield from _items("[", "]", ([(item, "")] for item in data), payload)
    elif isinstance(data, dict):
        named = ([(str(key)[:MAX_SHOWN], ": "), (item, "")] for key, item in data.items())
        yield from _items("{", "}", named, payload)
    else:
        yield json.dumps(data)


def _items(opening: str, closing: str, items: Iterator[list[tuple[Any, str]]], payload: bytes) -> Iterator[str]:
    yield opening
    for i, parts in enumerate(items):
        if i:
            yield ", "
        for value, after in parts:
            yield from _pieces(value, payload)
            yield after
    yield closing


def _tagged(data: Mapping[str, Any], payload: bytes) -> Any:
    """A value that JSON has no word for, as something that it has."""
    kind, at = data.get("$"), data.get("at")
    if kind in ("array", "tensor"):
        return f"{kind} {str(data.get('dtype'))[:40]} {_shape(data.get('shape'))}"
    if isinstance(at, list) and len(at) == 2 and all(isinstance(number, int) and number >= 0 for number in at):
        start = payload[at[0] : at[0] + min(at[1], 4 * MAX_SHOWN)]
        return start.decode("utf-8", "replace") if kind == "str" else f"{at[1]} bytes"
    return data.get("items", data.get("text"))


def _shape(shape: Any) -> str:
    return str(shape[:8]) if isinstance(shape, list) and all(isinstance(side, int) for side in shape[:8]) else "?"
