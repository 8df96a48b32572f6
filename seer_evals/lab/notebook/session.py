"""A notebook that is being worked in: a document on the host and the kernel in the sandbox that runs its cells."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
from inspect_ai.util import SandboxEnvironment

from seer_evals.lab.notebook._channel import KernelChannel, NotebookError
from seer_evals.lab.notebook.document import NotebookDocument, cell_by_number
from seer_evals.lab.notebook.outline import outline
from seer_evals.sandboxes import Layout

CELL_TIMEOUT = 600.0
"""Seconds that a cell may run if nothing else is said."""
_SLICE = 120.0
_INTERRUPT_WITHIN = 10.0

OnChange = Callable[[dict[str, Any]], None]


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


@dataclass(frozen=True)
class _Running:
    number: int
    run: str
    timeout: float


class NotebookSession:
    """One kernel and its notebook; `open_notebook` makes it.

    Cells run one after the other. `interrupt` and `restart` work while a cell runs.
    """

    def __init__(
        self,
        channel: KernelChannel,
        document: NotebookDocument,
        *,
        name: str,
        cwd: str,
        preload: dict[str, Any] | None,
        timeout: float,
        on_change: OnChange | None,
    ) -> None:
        self.name = name
        self.cell_timeout = timeout
        """Seconds that a cell may run if its call says nothing else."""
        self._channel = channel
        self._document = document
        self._cwd = cwd
        self._preload = preload
        self._on_change = on_change
        self._lock = anyio.Lock()
        self._running: _Running | None = None
        self._runs: dict[str, int] = {}
        self._count = 0
        self._death: NotebookError | None = None
        self._kernel = 1

    @property
    def document(self) -> dict[str, Any]:
        """The notebook as JSON-able data; later changes do not show in it."""
        return self._document.as_dict()

    @property
    def path(self) -> Path:
        """The notebook's file on the host."""
        return self._document.path

    def has_cell(self, number: int) -> bool:
        """A cell with this number is in the notebook."""
        return cell_by_number(self.document, number) is not None

    def is_code(self, number: int) -> bool:
        """The cell with this number is a code cell.

        Raises:
            NotebookError: There is none.
        """
        return bool(self._document.cell(number)["cell_type"] == "code")

    def outline(self) -> str:
        """The cells in their order, one line or two for each."""
        return outline(self._document.cells, self._kernel)

    async def run(self, code: str, timeout: float | None = None, wait: float | None = None) -> CellResult:
        """Append a cell and run it.

        Args:
            code: Python, as a cell.
            timeout: Seconds after which the cell is interrupted; `cell_timeout` by default.
            wait: Seconds after which to return although it runs on; by default until it has ended.

        Raises:
            NotebookError: Another cell runs, the kernel is dead, or its host does not answer.
        """
        async with self._lock:
            await self._must_be_free()
            return await self._execute(self._document.add_code(code, status="running"), timeout, wait)

    async def insert(
        self, after: int, code: str, timeout: float | None = None, wait: float | None = None
    ) -> CellResult:
        """Put a cell behind the cell `after` (0: at the top) and run it; otherwise like `run`."""
        async with self._lock:
            await self._must_be_free()
            return await self._execute(self._document.add_code(code, after, "running"), timeout, wait)

    async def edit(self, number: int, code: str, timeout: float | None = None, wait: float | None = None) -> CellResult:
        """Replace a cell's content and, if it is code, run it again; otherwise like `run`."""
        async with self._lock:
            await self._must_be_free()
            self._document.set_source(number, code)
            self._changed()
            return await self._rerun(number, timeout, wait)

    async def rerun(self, number: int, timeout: float | None = None, wait: float | None = None) -> CellResult:
        """Run a cell again as it is; otherwise like `run`."""
        async with self._lock:
            await self._must_be_free()
            return await self._rerun(number, timeout, wait)

    async def wait(self, seconds: float) -> CellResult:
        """Wait for the cell that a call left running.

        Raises:
            NotebookError: None is running.
        """
        async with self._lock:
            if self._running is None:
                raise NotebookError("no cell is running")
            return await self._until(time.monotonic() + seconds, None)

    async def interrupt(self) -> CellResult | None:
        """Interrupt the cell that runs, keeping the kernel's state; none if nothing ran.

        Raises:
            NotebookError: The kernel's host does not answer.
        """
        running = self._running
        answer = await self._channel.request("interrupt", within=_INTERRUPT_WITHIN)
        if running is None or answer["cell"] is None or answer["cell"]["run"] != running.run:
            self._absorb(answer)
            return None
        return self._record(running, answer)

    async def restart(self) -> None:
        """Start the kernel anew, with what was preloaded and no other variable; a running cell is ended.

        Raises:
            NotebookError: The new kernel did not start.
        """
        try:
            await self._channel.request("restart", within=self._start_within, **self._start_fields)
        except NotebookError as error:
            if error.kind not in ("HostGone", "NoKernel"):
                raise
            await self.start()
        self._kernel += 1
        self._death = None
        if (running := self._running) is not None:
            await self._settle(running)

    async def start(self) -> None:
        """Start the kernel, and its host if need be.

        Raises:
            NotebookError: It did not start; the message says why, with the end of its log.
        """
        await self._channel.ensure_host()
        try:
            await self._channel.request("start", within=self._start_within, cwd=self._cwd, **self._start_fields)
        except NotebookError as error:
            log = f"\nThe end of its log:\n{error.log.strip()}" if error.log.strip() else ""
            raise NotebookError(f"the kernel {self.name!r} did not start: {error}{log}", kind=error.kind) from None

    async def markdown(self, text: str, after: int | None = None) -> int:
        """Write a text cell, behind the cell `after` (0: at the top) or at the end; returns its number."""
        number = self._document.add_markdown(text, after)
        self._changed()
        return number

    async def delete(self, number: int) -> None:
        """Delete a cell; what it did to the kernel stays.

        Raises:
            NotebookError: There is no such cell, or it runs.
        """
        if self._running is not None and self._running.number == number:
            raise NotebookError(f"cell {number} is running; interrupt it first")
        self._document.delete(number)
        self._changed()

    async def move(self, number: int, after: int) -> None:
        """Put a cell behind the cell `after` (0: at the top), without running it.

        Raises:
            NotebookError: There is no such cell.
        """
        self._document.move(number, after)
        self._changed()

    async def close(self) -> None:
        """End the kernel; the notebook stays. Does nothing if it has ended already."""
        try:
            await self._channel.request("shutdown", within=_INTERRUPT_WITHIN)
        except NotebookError as error:
            if error.kind not in ("HostGone", "NoKernel", "NoAnswer"):
                raise

    _start_within = 900.0

    @property
    def _start_fields(self) -> dict[str, Any]:
        return {"preload": self._preload, "timeout": self._start_within - 10}

    async def _rerun(self, number: int, timeout: float | None, wait: float | None) -> CellResult:
        if not self.is_code(number):
            return CellResult(number, "ok")
        self._document.set_result(number, status="running", outputs=(), execution_count=None)
        return await self._execute(number, timeout, wait)

    async def _must_be_free(self) -> None:
        """Settle a cell that a call left running, if it has ended.

        Raises:
            NotebookError: It has not, or the kernel is dead.
        """
        if self._death is not None:
            raise self._death
        if (running := self._running) is None:
            return
        await self._settle(running)
        if self._running is not None:
            raise NotebookError(f"cell {running.number} is still running", kind="Busy")

    async def _settle(self, running: _Running) -> None:
        """Note how a cell that a call left running stands now."""
        try:
            self._record(running, await self._channel.request("wait", within=0, run=running.run, wait=0))
        except NotebookError as error:
            if error.kind not in ("HostGone", "NoKernel", "NoRun"):
                raise
            self._lose(running)

    async def _execute(self, number: int, timeout: float | None, wait: float | None) -> CellResult:
        limit = self.cell_timeout if timeout is None else timeout
        code = self._document.cell(number)["source"]
        self._count += 1
        running = self._running = _Running(number, f"{number}.{self._count}", limit)
        self._runs = {run: cell for run, cell in self._runs.items() if cell != number} | {running.run: number}
        self._changed()
        end = time.monotonic() + (limit + _INTERRUPT_WITHIN if wait is None else wait)
        return await self._until(end, {"code": code, "timeout": limit})

    async def _until(self, end: float, execute: dict[str, Any] | None) -> CellResult:
        """Wait for the running cell in pieces, so that no single `exec` takes long; `execute` starts it first."""
        running = self._running
        assert running is not None
        op, fields = ("wait", {}) if execute is None else ("execute", execute)
        while True:
            piece = min(max(end - time.monotonic(), 0), _SLICE)
            try:
                answer = await self._channel.request(op, within=piece, run=running.run, wait=piece, **fields)
            except NotebookError as error:
                if error.kind == "Dead":
                    self._never_ran(running, error)
                elif error.kind != "NoAnswer":
                    self._lose(running)
                raise
            result = self._record(running, answer)
            if result.status != "running" or result.unresponsive or time.monotonic() >= end:
                return result
            op, fields = "wait", {}

    def _record(self, running: _Running, answer: dict[str, Any]) -> CellResult:
        """Write down how a cell stands."""
        cell = answer["cell"]
        if cell["status"] != "running" and self._running == running:
            self._running = None
        late = self._absorb(answer)
        death = (answer["death"] or "was restarted") if cell["status"] == "dead" else ""
        if answer["death"]:
            self._death = NotebookError(f"the kernel {answer['death']}", kind="Dead", log=answer["log"])
        if self.has_cell(running.number) and self._runs.get(running.run) == running.number:
            facts = {"seconds": cell["duration"], "kernel": self._kernel} | ({"death": death} if death else {})
            self._document.set_result(
                running.number,
                status=cell["status"],
                outputs=cell["outputs"],
                execution_count=cell["execution_count"],
                **facts,
            )
            self._changed()
        return CellResult(
            number=running.number,
            status=cell["status"],
            outputs=cell["outputs"],
            execution_count=cell["execution_count"],
            duration=cell["duration"],
            timeout=running.timeout,
            unresponsive=cell["unresponsive"],
            death=death,
            log=answer["log"] if death else "",
            late=late,
        )

    def _absorb(self, answer: dict[str, Any]) -> list[tuple[int, list[dict[str, Any]]]]:
        """Put what happened to finished cells into the notebook."""
        if answer["updates"]:
            self._document.update_displays(answer["updates"])
        late = [(self._runs.get(item["run"]), item["outputs"]) for item in answer["late"]]
        known = [(number, outputs) for number, outputs in late if number is not None and self.has_cell(number)]
        for number, outputs in known:
            self._document.extend_outputs(number, outputs)
        if known or answer["updates"]:
            self._changed()
        return known

    def _never_ran(self, running: _Running, death: NotebookError) -> None:
        """Write down that the kernel had died before it got the cell."""
        self._running = None
        self._death = death
        self._document.set_source(running.number, self._document.cell(running.number)["source"])
        self._changed()

    def _lose(self, running: _Running) -> None:
        """Write down that nobody knows how a cell ended."""
        self._running = None
        if self.has_cell(running.number):
            self._document.set_result(running.number, status="lost", outputs=(), execution_count=None)
            self._changed()

    def _changed(self) -> None:
        if self._on_change is not None:
            self._on_change(self.document)


async def open_notebook(
    sandbox: SandboxEnvironment,
    layout: Layout,
    *,
    name: str = "main",
    path: Path,
    preload: dict[str, Any] | None = None,
    timeout: float = CELL_TIMEOUT,
    on_change: OnChange | None = None,
) -> NotebookSession:
    """Start a kernel in a sandbox and open an empty notebook for it.

    Args:
        sandbox: Any sandbox that can `exec`, with jupyter_client and ipykernel in `layout.python` (3.11 or newer).
        layout: Its paths; `layout.run` must be short enough for unix sockets (about 60 characters).
        name: The kernel's name, unique in the sandbox.
        path: The `.ipynb` on the host; an older file there is kept as `<stem>.previous.ipynb`.
        preload: What `seer_runtime.kernel_main` loads before the first cell; invisible to the cells.
        timeout: Seconds that a cell may run if its call says nothing else.
        on_change: Called with the notebook as JSON-able data after every change.

    Raises:
        NotebookError: The kernel or its host did not start, or the preloading failed; the message says why.
    """
    session = NotebookSession(
        KernelChannel(sandbox, layout, name),
        NotebookDocument(path),
        name=name,
        cwd=layout.workspace,
        preload=preload,
        timeout=timeout,
        on_change=on_change,
    )
    await session.start()
    return session
