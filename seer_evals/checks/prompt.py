"""Prompts in the place of this package's: whether each can stand in for the one whose name it has."""

from collections.abc import Iterator
from pathlib import Path

from seer_evals.drafts import PROMPTS as DRAFTS
from seer_evals.near import did_you_mean
from seer_evals.new import write_text
from seer_evals.prompting import prompt_problems
from seer_evals.scorers._prompts import PROMPTS as JUDGES
from seer_evals.solvers._bench.prompts import PROMPTS as HARNESSES


def available() -> dict[str, Path]:
    """The prompts of this package by name: harnesses' and judges', and that of drafts."""
    return {path.stem: path for folder in (HARNESSES, JUDGES, DRAFTS) for path in sorted(folder.glob("*.md"))}


def new_prompt(name: str, into: Path) -> list[Path]:
    """Copy a prompt of this package, to be changed.

    Args:
        name: Of the prompt, such as `single_agent`.
        into: The folder that is then given as `-S prompts=`.

    Raises:
        ValueError: There is no such prompt, or the file is there already.
    """
    if name not in available():
        known = ", ".join(available())
        raise ValueError(f"there is no prompt {name!r}{did_you_mean(name, available())} (available: {known})")
    return [write_text(into / f"{name}.md", available()[name].read_text(encoding="utf-8"))]


def check_prompts(path: Path) -> list[str]:
    """What is wrong with the prompts in a folder, or with one; nothing if they can be given as `-S prompts=`."""
    files = sorted(path.glob("*.md")) if path.is_dir() else [path] if path.is_file() else []
    return [each for file in files for each in _problems(file)] or ([] if files else [f"{path} has no .md file"])


def _problems(file: Path) -> Iterator[str]:
    ours = available().get(file.stem)
    if ours is None:
        yield f"{file.name} has the name of no prompt{did_you_mean(file.stem, available())}; it would never be read"
    else:
        yield from prompt_problems(file, ours.parent)
