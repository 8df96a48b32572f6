"""What is known of a value, and of what a cell prints, from its source."""

from dataclasses import dataclass
from typing import Any

from seer_evals.scorers._fidelity.numbers import Shown, shown_in

UNKNOWN: Any = object()
GAP = "\0"
"""Stands for what is not known, in the text that a statement prints."""


@dataclass(frozen=True)
class Made:
    """What went into a value."""

    computed: bool = False
    numbers: frozenset[float] = frozenset()
    """Those that stand in literals, texts among them."""
    cells: frozenset[int] = frozenset()
    """In which it was computed."""
    value: Any = UNKNOWN
    """Of what is written, where it can be told."""
    label: bool = False
    """It is what a loop counts, which is written beside the results in every line and is no claim about them."""

    def __or__(self, other: "Made") -> "Made":
        return Made(
            self.computed or other.computed,
            self.numbers | other.numbers,
            self.cells | other.cells,
            label=self.label or other.label,
        )


WRITTEN = Made()


@dataclass(frozen=True)
class Printed:
    """What a cell prints."""

    computed: bool = False
    """Something among it was computed."""
    literals: tuple[Shown, ...] = ()
    """Numbers that are printed as they were written down."""
    lines: tuple[str, ...] = ()
    """Of what it prints, as far as that was written down."""
    cells: frozenset[int] = frozenset()
    """By number from 0, itself and those in which what it prints was computed."""
    from_texts: frozenset[int] = frozenset()
    """Those of them that run code out of a text, which nobody can read."""
    too_involved: bool = False
    """Nothing is known: following it to its end would take too long."""

    def writes(self, name: str, value: float) -> bool:
        """Whether the number was written down, somewhere among what is printed or with its name before it."""
        named = [line.partition(name)[2] for line in self.lines if name in line]
        return any(each.is_(value) for each in (*self.literals, *(shown for text in named for shown in shown_in(text))))
