"""Messages of a kernel as its host hears them: whatever a cell has published, the next message is read.

A cell shares its process with the code that sends, so it can send anything, and ordinary ones display values that JSON
can express and Python does not read back: an integer of 5,000 digits, a list in a list in … 700 times.
"""

import json
import re
from typing import Any

from ..untrusted import MAX_DEPTH, MAX_DIGITS, NotPlain, check_cost

MAX_COUNT = 2**53
ANSWER_DEPTH = MAX_DEPTH + 16
"""Containers within containers in an answer to the evaluation: a display, and what it lies in."""
ANSWER_VALUES = 1_000_000
_TOO_DEEP = MAX_DEPTH + 8
"""What lies deeper in a message is cut, so that the display is found too deep to show and the rest can be read."""
_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)


def unpack(data: bytes) -> Any:
    """A part of a message; an integer that is too long arrives as its digits."""
    text = bytes(data).decode("utf-8", "replace")
    if text.count("[") + text.count("{") > _TOO_DEEP:
        text = _pruned(text, _TOO_DEEP)
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise
    except ValueError:
        return json.loads(text, parse_int=lambda digits: int(digits) if len(digits) <= MAX_DIGITS else digits)


async def next_of(channel: Any) -> dict[str, Any]:
    """The next message of a channel that can be understood."""
    while True:
        try:
            message: dict[str, Any] = await channel.get_msg()
            if _is_sound(message):
                return message
        except (AttributeError, LookupError, RecursionError, TypeError, ValueError):
            continue


def fits(line: bytes) -> bool:
    """Whether the evaluation will read an answer."""
    try:
        check_cost(line, ANSWER_DEPTH, ANSWER_VALUES)
    except NotPlain:
        return False
    return True


def _pruned(text: str, depth: int) -> str:
    """JSON with a text in place of every container that lies deeper."""
    kept: list[str] = []
    level = begin = 0
    for token in _TOKEN.finditer(text):
        if token[0] in ("[", "{"):
            level += 1
            if level == depth + 1:
                kept.append(text[begin : token.start()])
        elif token[0] in ("]", "}"):
            if level == depth + 1:
                kept.append('"…"')
                begin = token.end()
            level -= 1
    return "".join([*kept, text[begin:]]) if level <= depth else text


def _is_sound(message: dict[str, Any]) -> bool:
    content, kind = message["content"], message["msg_type"]
    if not isinstance(message["parent_header"].get("msg_id", ""), str) or not isinstance(content, dict):
        return False
    if kind == "stream":
        return content["name"] in ("stdout", "stderr") and isinstance(content["text"], str)
    if kind in ("display_data", "execute_result", "update_display_data"):
        return _is_display(content)
    if kind == "error":
        words = [content["ename"], content["evalue"], *content["traceback"]]
        return isinstance(content["traceback"], list) and all(isinstance(word, str) for word in words)
    if kind in ("execute_input", "execute_reply"):
        payload = content.get("payload", [])
        return _is_count(content.get("execution_count")) and all(isinstance(item, dict) for item in payload)
    return kind != "status" or isinstance(content["execution_state"], str)


def _is_display(content: dict[str, Any]) -> bool:
    parts = (content["data"], content["metadata"], content.get("transient", {}))
    return (
        all(isinstance(part, dict) for part in parts)
        and isinstance(parts[2].get("display_id", ""), str)
        and _is_count(content.get("execution_count"))
    )


def _is_count(value: object) -> bool:
    return value is None or (isinstance(value, int) and 0 <= value < MAX_COUNT)
