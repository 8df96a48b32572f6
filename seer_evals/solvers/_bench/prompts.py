"""Prompts are files: Markdown in `solvers/prompts/`, with `{placeholders}`."""

import re
from pathlib import Path

PROMPTS = Path(__file__).parents[1] / "prompts"


def read_prompt(name: str, **parts: object) -> str:
    """The prompt `prompts/NAME.md`, filled.

    Args:
        name: Of the file, without `.md`.
        parts: A value for each placeholder of the file, none more and none less.

    Raises:
        ValueError: A placeholder has no value, or a value no placeholder.
    """
    return fill((PROMPTS / f"{name}.md").read_text(encoding="utf-8"), **parts)


def fill(text: str, **parts: object) -> str:
    """Put values into `{placeholders}`; braces in the values, and braces around other than a word, stay as they are."""
    wanted = set(re.findall(r"\{(\w+)\}", text))
    if wanted != parts.keys():
        raise ValueError(f"a prompt has the placeholders {sorted(wanted)} and was given {sorted(parts)}")
    return re.sub(r"\{(\w+)\}", lambda match: str(parts[match[1]]), text)
