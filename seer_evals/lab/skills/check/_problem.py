"""One thing that is wrong with a skill."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """Where it is, what it is and what to do."""

    file: str
    """Relative to the skill's folder."""
    message: str
    line: int = 0
    """0 where no line is to blame."""

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{place}: {self.message}"
