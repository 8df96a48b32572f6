"""Prompts are Markdown files with `{placeholders}`."""

import re
from collections.abc import Mapping

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def placeholders(text: str) -> set[str]:
    """The names of a prompt's placeholders."""
    return set(_PLACEHOLDER.findall(text))


def fill(text: str, /, **parts: object) -> str:
    """Put values into `{placeholders}`; braces in the values, and braces around other than a word, stay as they are.

    Args:
        text: The prompt.
        parts: A value for each placeholder, none more and none less.

    Raises:
        ValueError: A placeholder has no value, or a value no placeholder.
    """
    wanted = placeholders(text)
    if wanted != parts.keys():
        raise ValueError(f"a prompt has the placeholders {sorted(wanted)} and was given {sorted(parts)}")
    return fill_known(text, parts)


def fill_known(text: str, parts: Mapping[str, object]) -> str:
    """As `fill`, for a text that has braces of its own: where there is no value for it, a word in braces stays."""
    return _PLACEHOLDER.sub(lambda found: str(parts.get(found[1], found[0])), text)
