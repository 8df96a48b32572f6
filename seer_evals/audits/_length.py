"""How long a text should be."""

from collections.abc import Iterator
from pathlib import Path

from seer_evals.problem import Problem


def length_problems(path: Path, what: str, text: str, bounds: tuple[int, int], line: int) -> Iterator[Problem]:
    """A problem if the number of words is outside of the bounds."""
    low, high = bounds
    words = len(text.split())
    if not low <= words <= high:
        remedy = "say more" if words < low else "say less, or make two of it"
        yield Problem(path, f"{what} has {words} words, where {low} to {high} are wanted; {remedy}", line)
