"""Running a cell: starting it, waiting for it in pieces, interrupting it."""

import time
from typing import Any

from seer_evals.lab.notebook._channel import KernelChannel, NotebookError
from seer_evals.lab.notebook._records import Records, Running
from seer_evals.lab.notebook.result import CellResult

INTERRUPT_WITHIN = 10.0
"""Seconds that the kernel host has to answer what it does at once."""
_SLICE = 120.0


class Execution:
    """Has one kernel run cells, one after the other; whoever calls sees to that."""

    def __init__(self, channel: KernelChannel, records: Records) -> None:
        self._channel = channel
        self._records = records

    async def must_be_free(self) -> None:
        """Settle a cell that a call left running, if it has ended.

        Raises:
            NotebookError: It has not, or the kernel is dead.
        """
        if self._records.death is not None:
            raise self._records.death
        if (running := self._records.running) is None:
            return
        await self.settle(running)
        if self._records.running is not None:
            raise NotebookError(f"cell {running.number} is still running", kind="Busy")

    async def settle(self, running: Running) -> None:
        """Note how a cell that a call left running stands now."""
        try:
            report = await self._channel.report("wait", within=0, run=running.run, wait=0)
            self._records.record(running, report)
        except NotebookError as error:
            if error.kind not in ("BadAnswer", "HostGone", "NoKernel", "NoRun"):
                raise
            self._records.lose(running)

    async def execute(self, number: int, code: str, timeout: float, wait: float | None) -> CellResult:
        """Run a cell until it has ended, or for `wait` seconds.

        Raises:
            NotebookError: The kernel is dead, or its host does not answer.
        """
        running = self._records.begin(number, timeout)
        end = time.monotonic() + (timeout + INTERRUPT_WITHIN if wait is None else wait)
        return await self._until(end, running, {"code": code, "timeout": timeout})

    async def wait(self, seconds: float) -> CellResult:
        """Wait for the cell that a call left running.

        Raises:
            NotebookError: None is running, the kernel is dead, or its host does not answer.
        """
        if (running := self._records.running) is None:
            raise NotebookError("no cell is running")
        return await self._until(time.monotonic() + seconds, running, None)

    async def interrupt(self) -> CellResult | None:
        """Interrupt the cell that runs; none if nothing ran.

        Raises:
            NotebookError: The kernel's host does not answer.
        """
        running = self._records.running
        report = await self._channel.report("interrupt", within=INTERRUPT_WITHIN)
        if running is None or report.cell is None or report.cell.run != running.run:
            self._records.absorb(report)
            return None
        return self._records.record(running, report)

    async def _until(self, end: float, running: Running, execute: dict[str, Any] | None) -> CellResult:
        """Wait for the running cell in pieces, so that no single `exec` takes long; `execute` starts it first."""
        op, fields = ("wait", {}) if execute is None else ("execute", execute)
        while True:
            piece = min(max(end - time.monotonic(), 0), _SLICE)
            try:
                report = await self._channel.report(op, within=piece, run=running.run, wait=piece, **fields)
                result = self._records.record(running, report)
            except NotebookError as error:
                if error.kind == "Dead":
                    self._records.never_ran(running, error)
                elif error.kind != "NoAnswer":
                    self._records.lose(running)
                raise
            if result.status != "running" or result.unresponsive or time.monotonic() >= end:
                return result
            op, fields = "wait", {}
