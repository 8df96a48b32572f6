"""What is said of a cell that ran."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

CELL_TIMEOUT = 600.0
"""Seconds that a cell may run if nothing else is said."""


@dataclass(frozen=True)
class CellResult:
    """How a cell ran, or runs."""

    number: int
    status: str
    """`ok`, `error`, `timeout`, `interrupted`, `dead`, or `running` when the wait was over first."""
    outputs: Sequence[dict[str, Any]] = ()
    """nbformat output dicts."""
    execution_count: int | None = None
    duration: float = 0.0
    """Seconds, in the kernel."""
    timeout: float = CELL_TIMEOUT
    """The cell's time limit in seconds."""
    unresponsive: bool = False
    """The cell was interrupted twice and goes on nevertheless."""
    death: str = ""
    """If `dead`: how, as the rest of a sentence about the kernel."""
    log: str = ""
    """If `dead`: the end of the kernel's own log."""
    late: Sequence[tuple[int, Sequence[dict[str, Any]]]] = ()
    """What background threads of earlier cells have said since: cell number and outputs."""
