"""What another process says, read as plain data within bounds: whatever it is, it costs little and harms nothing.

Standard library only: it runs on the host and in every sandbox.
"""

import json
import re
from typing import Any

MAX_DEPTH = 64
"""Containers within containers; Inspect's log cannot be written beyond 255."""
MAX_DIGITS = 4300
"""Of an integer: Python refuses to read or write longer ones, since that takes quadratic time."""
MAX_VALUES = 100_000
"""Values in one document; reading, checking and logging so many takes a few hundredths of a second."""

# Possessive, and ending at the end of the data as well: one pass, whatever the data is.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_LONE = re.compile("[\ud800-\udfff]")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_OPENING = frozenset(b"[{")
_MAX_BITS = int(MAX_DIGITS / 0.30103)


class NotPlain(ValueError):
    """What was said is no plain data, or too much; the message says which bound it breaks."""


def parse(data: bytes | str, *, depth: int = MAX_DEPTH, values: int = MAX_VALUES, keep_surrogates: bool = False) -> Any:
    """The value of a JSON document, refused before it costs anything; of a key given twice, the last one counts.

    Args:
        data: UTF-8, or text.
        depth: Containers within containers.
        values: Values in all, keys not counted.
        keep_surrogates: Leave halves of surrogate pairs in texts; otherwise U+FFFD stands for them.

    Raises:
        NotPlain: It is none, or breaks a bound.
    """
    try:
        raw = data.encode() if isinstance(data, str) else data
        text = data if isinstance(data, str) else data.decode()
    except UnicodeError:
        raise NotPlain("it is no UTF-8") from None
    check_cost(raw, depth, values)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotPlain(f"it is no JSON that can be read: {error}") from None
    return value if keep_surrogates or not _SURROGATE.search(raw) else _mended(value)


def parse_object(data: bytes | str, **bounds: Any) -> dict[str, Any]:
    """`parse`, for a document that has to be a JSON object.

    Raises:
        NotPlain: It is none, or breaks a bound.
    """
    value = parse(data, **bounds)
    if not isinstance(value, dict):
        raise NotPlain("it is no JSON object")
    return value


def whole(text: str) -> str:
    """A text with U+FFFD for halves of surrogate pairs, which no file and no log can hold."""
    return _LONE.sub("\ufffd", text)


def problem_of(value: object, *, depth: int = MAX_DEPTH, values: int = MAX_VALUES) -> str:
    """What keeps a Python value from being plain data within bounds, as the rest of a sentence; empty if nothing."""
    try:
        count_of(value, depth=depth, values=values)
    except NotPlain as problem:
        return str(problem)
    return ""


def count_of(value: object, *, depth: int = MAX_DEPTH, values: int = MAX_VALUES) -> int:
    """How many values there are in a Python value, itself included.

    One that is referred to twice counts twice, as it does once it is written down.

    Raises:
        NotPlain: It is no plain data, or breaks a bound; the message is the rest of a sentence.
    """
    level: list[object] = [value]
    count = 1
    for left in range(depth, -1, -1):
        inner: list[object] = []
        for item in level:
            if problem := _problem_of_one(item, "" if left else f"is nested more than {depth} deep"):
                raise NotPlain(problem)
            inner.extend(item.values() if isinstance(item, dict) else item if isinstance(item, list) else ())
            if count + len(inner) > values:
                raise NotPlain(f"has more than {values:,} values")
        count, level = count + len(inner), inner
    return count


def _problem_of_one(item: object, too_deep: str) -> str:
    if isinstance(item, list) or (isinstance(item, dict) and all(isinstance(key, str) for key in item)):
        return too_deep
    if isinstance(item, dict):
        return "has keys that are no text"
    if isinstance(item, int) and item.bit_length() > _MAX_BITS:
        return f"has an integer of more than {MAX_DIGITS:,} digits"
    return "" if item is None or isinstance(item, str | int | float) else f"has a {type(item).__name__} in it"


def check_cost(raw: bytes, depth: int, values: int) -> None:
    """Refuse a JSON document that is nested too deep or has too many values, without reading it.

    Raises:
        NotPlain: It does.
    """
    if raw.count(b'"') - raw.count(b'\\"') > 4 * values:
        raise NotPlain(f"it has more than {values:,} values")
    skeleton = _STRING.sub(b"", raw)
    if sum(map(skeleton.count, (b",", b"[", b"{"))) > values:
        raise NotPlain(f"it has more than {values:,} values")
    level = 0
    for bracket in skeleton.translate(None, _NO_BRACKETS):
        level += 1 if bracket in _OPENING else -1
        if level > depth:
            raise NotPlain(f"it is nested more than {depth} deep")
        if level < 0:
            raise NotPlain("it is no JSON that can be read: a bracket is closed that was not opened")


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, list):
        return [_mended(item) for item in value]
    if isinstance(value, dict):
        return {whole(key): _mended(item) for key, item in value.items()}
    return value
