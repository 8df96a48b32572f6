"""Prompts are Markdown files with `{placeholders}`."""

import re


def placeholders(text: str) -> set[str]:
    """The names of a prompt's placeholders."""
    return set(re.findall(r"\{(\w+)\}", text))


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
    return re.sub(r"\{(\w+)\}", lambda match: str(parts[match[1]]), text)
