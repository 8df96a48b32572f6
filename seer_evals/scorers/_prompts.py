"""Judges' prompts: Markdown files in `scorers/prompts/`, with `{placeholders}`."""

import re
from pathlib import Path

PROMPTS = Path(__file__).parent / "prompts"


def read_prompt(name: str, **parts: object) -> str:
    """The prompt `prompts/NAME.md`, filled; what is put in cannot close, or open, the prompt's own delimiters.

    Args:
        name: Of the file, without `.md`.
        parts: A value for each placeholder of the file, none more and none less.

    Raises:
        ValueError: A placeholder has no value, or a value no placeholder.
    """
    text = (PROMPTS / f"{name}.md").read_text(encoding="utf-8")
    wanted = set(re.findall(r"\{(\w+)\}", text))
    if wanted != parts.keys():
        raise ValueError(f"the prompt {name!r} has the placeholders {sorted(wanted)} and was given {sorted(parts)}")
    return re.sub(r"\{(\w+)\}", lambda match: _harmless(str(parts[match[1]])), text)


def _harmless(text: str) -> str:
    return re.sub(r"\[(BEGIN|END) ", lambda match: f"[{match[1].lower()} ", text, flags=re.IGNORECASE)
