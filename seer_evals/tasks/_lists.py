"""Parameters that may be a list, or a text that lists several things separated by commas."""

from collections.abc import Iterable
from typing import Any


def listed(value: str | int | Iterable[Any]) -> list[str]:
    """The things that a parameter lists, as texts without spaces around them; nothing for an empty one."""
    if isinstance(value, int):
        value = str(value)
    parts = value.split(",") if isinstance(value, str) else value
    return [text for part in parts if (text := str(part).strip())]


def numbers(what: str, value: int | str | Iterable[int]) -> list[int]:
    """Different integers from 0.

    Args:
        what: What one of them is called in messages.
        value: The parameter.

    Raises:
        ValueError: Something else is among them.
    """
    texts = listed(value)
    if wrong := [text for text in texts if not text.isdecimal()]:
        raise ValueError(f"{what} {wrong[0]!r} is not a non-negative integer; separate several by commas")
    return list(dict.fromkeys(map(int, texts)))


def seeds_of(value: int | str | Iterable[int]) -> list[int]:
    """Seeds of organisms, at least one.

    Raises:
        ValueError: One is not an integer from 0, or there is none.
    """
    if not (found := numbers("seed", value)):
        raise ValueError("seeds is empty; give one or more integers from 0, separated by commas")
    return found
