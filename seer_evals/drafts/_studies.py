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
    """Those that come with this package, by name: folders of `tasks/` that have a page."""
    pages = sorted((PACKAGE / "tasks").glob("*/README.md"))
    return {page.parent.name: _study(page.parent.name, page) for page in pages}


def _study(name: str, page: Path) -> KnownStudy:
    task = (page.parent / f"{name}.py").read_text(encoding="utf-8")
    asks = (ast.get_docstring(ast.parse(task)) or "").partition("\n")[0]
    _heading, about, *_ = page.read_text(encoding="utf-8").split("\n\n", 2)
    return KnownStudy(name=name, asks=asks, about=" ".join(about.split()))


def table() -> str:
    """The studies as the model is told of them, a paragraph each."""
    return "\n".join(f"- `{each.name}`: {each.asks} {each.about}" for each in known_studies().values())
