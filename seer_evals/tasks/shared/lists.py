"""Parameters that may be a list, or a text that lists several things separated by commas."""

from collections.abc import Iterable
from typing import Any


def listed(value: str | int | Iterable[Any] | None) -> list[str]:
    """The things that a parameter lists, as texts without spaces around them; nothing for an empty one."""
    if value is None:  # what Inspect makes of `-T skills=`
        return []
    if isinstance(value, int):
        value = str(value)
    parts = value.split(",") if isinstance(value, str) else value
    return [text for part in parts if (text := str(part).strip())]


MOST = 10_000
"""Numbers in one range; more is a slip of the pen."""


def numbers(what: str, value: int | str | Iterable[int]) -> list[int]:
    """Different integers from 0, each by itself or in ranges such as `201-204`, which has both its ends.

    Args:
        what: What one of them is called in messages.
        value: The parameter.

    Raises:
        ValueError: Something else is among them, or a range that is empty or has more than `MOST`.
    """
    found = [number for text in listed(value) for number in _range(what, text)]
    return list(dict.fromkeys(found))


def _range(what: str, text: str) -> range:
    first, dash, last = (part.strip() for part in text.partition("-"))
    if not first.isdecimal() or (dash and not last.isdecimal()):
        raise ValueError(
            f"{what} {text!r} is not a non-negative integer; separate several by commas, or say 201-204 for a range"
        )
    found = range(int(first), int(last or first) + 1)
    if not 0 < len(found) <= MOST:
        raise ValueError(
            f"{what} range {text!r} has {len(found)} numbers; give from 1 to {MOST}, the smaller end first"
        )
    return found


def seeds_of(value: int | str | Iterable[int]) -> list[int]:
    """Seeds of organisms, at least one.

    Raises:
        ValueError: One is not an integer from 0, or there is none.
    """
    if not (found := numbers("seed", value)):
        raise ValueError("seeds is empty; give integers from 0, separated by commas, or a range such as 201-204")
    return found
