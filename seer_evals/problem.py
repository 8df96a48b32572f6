"""What is wrong with a file that somebody wrote: where, what, and what to do."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Problem:
    """Where it is, what it is and what to do."""

    file: str | Path
    message: str
    line: int = 0
    """0 where no line is to blame."""

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{place}: {self.message}"
