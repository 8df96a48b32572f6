"""Which studies of this package there are, and what each measures: read from their own folders, run nowhere."""

import ast
import functools
from collections.abc import Mapping
from pathlib import Path

from seer_evals.by_path import PACKAGE
from seer_evals.frozen import Frozen

NONE = "none"
"""What is said where no study measures a claim."""


class KnownStudy(Frozen):
    """A study.

    Attributes:
        name: Of its folder and task.
        asks: The first line of its task.
        about: The first paragraph of its page.
    """

    name: str
    asks: str
    about: str


@functools.cache
def known_studies() -> Mapping[str, KnownStudy]:
    """Those that come with this package, by name: folders of `tasks/` that ask a question."""
    folders = sorted(path.parent for path in (PACKAGE / "tasks").glob("*/question.md"))
    return {folder.name: _study(folder) for folder in folders}


def _study(folder: Path) -> KnownStudy:
    task = (folder / f"{folder.name}.py").read_text(encoding="utf-8")
    asks = (ast.get_docstring(ast.parse(task)) or "").partition("\n")[0]
    _heading, about, *_ = (folder / "README.md").read_text(encoding="utf-8").split("\n\n", 2)
    return KnownStudy(name=folder.name, asks=asks, about=" ".join(about.split()))


def table() -> str:
    """The studies as the model is told of them, a paragraph each."""
    return "\n".join(f"- `{each.name}`: {each.asks} {each.about}" for each in known_studies().values())


def named(name: str) -> str | None:
    """The study that somebody names, empty where it is `none`; None if there is no such study."""
    word = name.strip().strip("`'\"").rsplit("/", 1)[-1]
    if word.lower() == NONE:
        return ""
    return word if word in known_studies() else None
