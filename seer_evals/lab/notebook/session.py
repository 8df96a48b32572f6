"""A notebook that is being worked in: a document on the host and the kernel in the sandbox that runs its cells."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import anyio
from inspect_ai.util import SandboxEnvironment

from seer_evals.lab.notebook._channel import KernelChannel, NotebookError
from seer_evals.lab.notebook._execution import INTERRUPT_WITHIN, Execution
from seer_evals.lab.notebook._records import OnChange, Records
from seer_evals.lab.notebook.document import NotebookDocument, cell_by_number
from seer_evals.lab.notebook.outline import outline
from seer_evals.lab.notebook.rendering import output_text
from seer_evals.lab.notebook.result import CELL_TIMEOUT, CellResult
from seer_evals.sandboxes import Layout


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
        self._lock = anyio.Lock()
        self._records = Records(document, on_change)
        self._execution = Execution(channel, self._records)

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

    def output_text(self, number: int) -> str:
        """All text of a code cell's output, as an agent reads it.

        Raises:
            NotebookError: There is no such cell, or it is a text cell.
        """
        if not self.is_code(number):
            raise NotebookError(f"cell {number} is a text cell and has no output")
        return output_text(self._document.cell(number)["outputs"])

    def outline(self) -> str:
        """The cells in their order, one line or two for each."""
        return outline(self._document.cells, self._records.kernel)

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
            await self._execution.must_be_free()
            return await self._execute(self._document.add_code(code, status="running"), timeout, wait)

    async def insert(
        self, after: int, code: str, timeout: float | None = None, wait: float | None = None
    ) -> CellResult:
        """Put a cell behind the cell `after` (0: at the top) and run it; otherwise like `run`."""
        async with self._lock:
            await self._execution.must_be_free()
            return await self._execute(self._document.add_code(code, after, "running"), timeout, wait)

    async def edit(self, number: int, code: str, timeout: float | None = None, wait: float | None = None) -> CellResult:
        """Replace a cell's content and, if it is code, run it again; otherwise like `run`."""
        async with self._lock:
            await self._execution.must_be_free()
            self._document.set_source(number, code)
            self._records.changed()
            return await self._rerun(number, timeout, wait)

    async def wait(self, seconds: float) -> CellResult:
        """Wait for the cell that a call left running.

        Raises:
            NotebookError: None is running.
        """
        async with self._lock:
            return await self._execution.wait(seconds)

    async def interrupt(self) -> CellResult | None:
        """Interrupt the cell that runs, keeping the kernel's state; none if nothing ran.

        Raises:
            NotebookError: The kernel's host does not answer.
        """
        return await self._execution.interrupt()

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
        self._records.kernel += 1
        self._records.death = None
        if (running := self._records.running) is not None:
            await self._execution.settle(running)

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
        self._records.changed()
        return number

    async def delete(self, number: int) -> None:
        """Delete a cell; what it did to the kernel stays.

        Raises:
            NotebookError: There is no such cell, or it runs.
        """
        if self._records.running is not None and self._records.running.number == number:
            raise NotebookError(f"cell {number} is running; interrupt it first")
        self._document.delete(number)
        self._records.changed()

    async def move(self, number: int, after: int) -> None:
        """Put a cell behind the cell `after` (0: at the top), without running it.

        Raises:
            NotebookError: There is no such cell.
        """
        self._document.move(number, after)
        self._records.changed()

    async def close(self) -> None:
        """End the kernel; the notebook stays, with what a running cell has printed until now.

        Does nothing if the kernel has ended already. Call it under a shield where the task may have been cancelled.
        """
        if self._records.running is not None:
            with _unless_gone():
                await self.interrupt()
        with _unless_gone():
            await self._channel.request("shutdown", within=INTERRUPT_WITHIN)
        if (running := self._records.running) is not None:
            self._records.lose(running)

    _start_within = 900.0

    @property
    def _start_fields(self) -> dict[str, Any]:
        return {"preload": self._preload, "timeout": self._start_within - 10}

    async def _rerun(self, number: int, timeout: float | None, wait: float | None) -> CellResult:
        if not self.is_code(number):
            return CellResult(number, "ok")
        self._document.set_result(number, status="running", outputs=(), execution_count=None)
        return await self._execute(number, timeout, wait)

    async def _execute(self, number: int, timeout: float | None, wait: float | None) -> CellResult:
        limit = self.cell_timeout if timeout is None else timeout
        code = self._document.cell(number)["source"]
        return await self._execution.execute(number, code, limit, wait)


@contextmanager
def _unless_gone() -> Iterator[None]:
    """Let pass that there is no kernel any more."""
    try:
        yield
    except NotebookError as error:
        if error.kind not in ("BadAnswer", "HostGone", "NoKernel", "NoAnswer"):
            raise


async def open_notebook(
    sandbox: SandboxEnvironment,
    layout: Layout,
    *,
    name: str = "main",
    path: Path,
    first_cell: int = 1,
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
        first_cell: Number of the first cell.
        preload: What `seer_runtime.kernel.main` loads before the first cell; invisible to the cells.
        timeout: Seconds that a cell may run if its call says nothing else.
        on_change: Called with the notebook as JSON-able data after every change.

    Raises:
        NotebookError: The kernel or its host did not start, or the preloading failed; the message says why.
    """
    session = NotebookSession(
        KernelChannel(sandbox, layout, name),
        NotebookDocument(path, first_cell),
        name=name,
        cwd=layout.workspace,
        preload=preload,
        timeout=timeout,
        on_change=on_change,
    )
    try:
        await session.start()
    except BaseException:
        with anyio.CancelScope(shield=True), suppress(NotebookError):
            await session.close()
        raise
    return session
