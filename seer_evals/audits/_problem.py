"""What is wrong with a file, where, and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Problem:
    """Where it is, what it is and what to do."""

    path: Path
    message: str
    line: int = 1

    def __str__(self) -> str:
        return f"{self.path}, line {self.line}: {self.message}"


class Unusable(ValueError):
    """A file that cannot be read as what it should be."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)
