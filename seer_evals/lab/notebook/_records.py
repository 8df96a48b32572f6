"""What is known of the cells that were started, and how it gets into the notebook."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from seer_evals.lab.notebook._channel import NotebookError
from seer_evals.lab.notebook._said import Report
from seer_evals.lab.notebook.document import NotebookDocument, cell_by_number
from seer_evals.lab.notebook.result import CellResult

OnChange = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Running:
    """A cell that was started and of whose end nobody has heard."""

    number: int
    run: str
    """The kernel host's name for this run of the cell."""
    timeout: float


class Records:
    """Writes what the kernel host answers into the notebook."""

    def __init__(self, document: NotebookDocument, on_change: OnChange | None) -> None:
        self.running: Running | None = None
        self.death: NotebookError | None = None
        """Why no cell can run, if the kernel is dead."""
        self.kernel = 1
        """How many kernels the notebook has had."""
        self._document = document
        self._on_change = on_change
        self._runs: dict[str, int] = {}
        self._count = 0

    def begin(self, number: int, timeout: float) -> Running:
        """Write down that a cell starts."""
        self._count += 1
        running = self.running = Running(number, f"{number}.{self._count}", timeout)
        self._runs = {run: cell for run, cell in self._runs.items() if cell != number} | {running.run: number}
        self.changed()
        return running

    def record(self, running: Running, report: Report) -> CellResult:
        """Write down how a cell stands.

        Raises:
            NotebookError: The report is about another one.
        """
        cell = report.cell
        if cell is None or cell.run != running.run:
            raise NotebookError(f"the kernel host does not say how cell {running.number} stands", kind="BadAnswer")
        if cell.status != "running" and self.running == running:
            self.running = None
        late = self.absorb(report)
        death = (report.death or "was restarted") if cell.status == "dead" else ""
        if report.death:
            self.death = NotebookError(f"the kernel {report.death}", kind="Dead", log=report.log)
        if self._has_cell(running.number) and self._runs.get(running.run) == running.number:
            facts: dict[str, Any] = {"seconds": cell.duration, "kernel": self.kernel}
            facts |= {"death": death} if death else {}
            facts |= {"ran": [each.model_dump(mode="json") for each in cell.ran]} if cell.ran else {}
            self._document.set_result(
                running.number,
                status=cell.status,
                outputs=cell.outputs,
                execution_count=cell.execution_count,
                **facts,
            )
            self.changed()
        return CellResult(
            number=running.number,
            status=cell.status,
            outputs=cell.outputs,
            execution_count=cell.execution_count,
            duration=cell.duration,
            timeout=running.timeout,
            unresponsive=cell.unresponsive,
            death=death,
            log=report.log if death else "",
            late=late,
        )

    def absorb(self, report: Report) -> list[tuple[int, list[dict[str, Any]]]]:
        """Put what happened to finished cells into the notebook."""
        if report.updates:
            self._document.update_displays({name: update.model_dump() for name, update in report.updates.items()})
        late = [(self._runs.get(item.run), item.outputs) for item in report.late]
        known = [(number, outputs) for number, outputs in late if number is not None and self._has_cell(number)]
        for number, outputs in known:
            self._document.extend_outputs(number, outputs)
        if known or report.updates:
            self.changed()
        return known

    def never_ran(self, running: Running, death: NotebookError) -> None:
        """Write down that the kernel had died before it got the cell."""
        self.running = None
        self.death = death
        self._document.set_source(running.number, self._document.cell(running.number)["source"])
        self.changed()

    def lose(self, running: Running) -> None:
        """Write down that nobody knows how a cell ended."""
        self.running = None
        if self._has_cell(running.number):
            self._document.set_result(running.number, status="lost", outputs=(), execution_count=None)
            self.changed()

    def changed(self) -> None:
        """Say that the notebook has changed."""
        if self._on_change is not None:
            self._on_change(self._document.as_dict())

    def _has_cell(self, number: int) -> bool:
        return cell_by_number(self._document.as_dict(), number) is not None
