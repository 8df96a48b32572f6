"""Judges' prompts: Markdown files in `scorers/prompts/`, with `{placeholders}`."""

from pathlib import Path

from seer_evals.prompting import fill

PROMPTS = Path(__file__).parent / "prompts"


def read_prompt(name: str, /, **parts: object) -> str:
    """The prompt `prompts/NAME.md`, filled.

    Args:
        name: Of the file, without `.md`.
        parts: A value for each placeholder of the file, none more and none less; others' words `quoted`.

    Raises:
        ValueError: A placeholder has no value, or a value no placeholder.
    """
    text = (PROMPTS / f"{name}.md").read_text(encoding="utf-8")
    return fill(text, **parts)
