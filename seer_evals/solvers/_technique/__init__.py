"""Techniques that can be run alone: a battery of cells in a Markdown file, and a rule that makes a report of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seer_evals.reports import Report
from seer_evals.solvers._technique import refusal_direction

FOLDER = Path(__file__).parent

Decide = Callable[[Mapping[str, Any], int], Report]
"""From what the battery published, and the number of the cell that did, to a report."""


@dataclass(frozen=True)
class Technique:
    """A battery and its decision rule."""

    skills: tuple[str, ...]
    """Whose scripts the cells import."""
    battery: Path
    decide: Decide


TECHNIQUES: dict[str, Technique] = {
    "refusal-direction": Technique(("refusal-direction",), FOLDER / "refusal_direction.md", refusal_direction.decide),
}
"""By the name of the skill that they rest on."""
