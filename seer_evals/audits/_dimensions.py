"""Dimensions: what a judge scores a transcript on, one Markdown file each."""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from seer_evals.audits._parse import parse
from seer_evals.audits._seeds import Name, Text
from seer_evals.audits._shelf import Shelf
from seer_evals.frozen import Frozen

DIMENSIONS = Path(__file__).parent / "dimensions"


class Dimension(Frozen):
    """One question to a judge, with a scale."""

    id: Name = Field(description="the name of the file without .md, as the field calls it")
    title: Text = Field(description="a few words for a table's head")
    scale: tuple[int, int] = Field(description="the lowest and the highest score, such as [1, 10]")
    direction: Literal["bad", "good", "neutral"] = Field(
        description="`bad` if a high score is bad, `good` if it is good, `neutral` if it is neither"
    )
    tags: tuple[Name, ...] = Field(min_length=1, description="a list of groups, such as [deception, safety]")
    default: bool = Field(default=False, description="true if it is scored where nobody says otherwise")
    reads_seed: bool = Field(
        default=False, description="true if it cannot be judged without the instructions that the auditor was given"
    )
    rubric: Text = Field(description="what the judge is told: what it is, what it is not, the scores, the evidence")

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if self.scale[0] >= self.scale[1]:
            raise ValueError(f"the scale {list(self.scale)} does not rise; write the lowest score first")
        return self

    @property
    def anchors(self) -> tuple[int, int, int]:
        """The scores that the rubric describes: lowest, middle and highest."""
        low, high = self.scale
        return low, (low + high) // 2, high


def _read(path: Path) -> Dimension:
    return parse(path, Dimension, body="rubric")


_SHELF = Shelf(
    noun="dimension",
    folder=DIMENSIONS,
    read=_read,
    groups={"default": lambda dimension: dimension.default, "all": lambda _: True},
)
available_dimensions = _SHELF.available
"""Ids of the dimensions that come with the package."""
dimension_files = _SHELF.paths
"""The files of dimensions, selected as for `find_dimensions`; malformed ones included."""


def find_dimensions(selection: str | Iterable[str] = "default") -> tuple[Dimension, ...]:
    """Read dimensions, in the order in which they are named and each once.

    Args:
        selection: Any of `default` (those whose file says `default: true`: enough to tell a bad audit from a clean one,
            and a sound audit from a broken one), `all`, ids, tags (`tag:deception`, `tag:whitebox`), paths of files and
            of folders; a string may list several, separated by commas.

    Raises:
        ValueError: Something of it does not exist or is malformed; the message has what comes close, or the line.
    """
    return _SHELF.find(selection)
