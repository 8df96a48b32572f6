"""Prompts are files: Markdown in `solvers/prompts/`, with `{placeholders}`."""

from pathlib import Path

from seer_evals.lab import find_skills
from seer_evals.prompting import read

PROMPTS = Path(__file__).parents[1] / "prompts"


def read_prompt(name: str, /, **parts: object) -> str:
    """The prompt `prompts/NAME.md`, or the user's own in its place, filled.

    Args:
        name: Of the file, without `.md`.
        parts: A value for each placeholder of the file, none more and none less.

    Raises:
        ValueError: A placeholder has no value, or a value no placeholder.
    """
    return read(PROMPTS, name, **parts)


def research_method() -> str:
    """How to investigate: the skill `research-method`, which every harness tells its investigator."""
    return find_skills("research-method")[0].skill.instructions
