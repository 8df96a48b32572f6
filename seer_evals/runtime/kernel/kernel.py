"""One named kernel: a process, the messages to and from it, and the cells it has run."""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from jupyter_client import AsyncKernelClient

from .messages import next_of, unpack
from .process import KernelError, KernelProcess
from .run import Run

INTERRUPT_GRACE = 2.0
"""Seconds that a cell gets to react to an interrupt before it gets a second one."""
_GREETING = 0.5
_SILENCE = 10.0
"""Seconds without output after a cell's verdict, after which the end of its output is not awaited any more."""
_EXIT_GRACE = 5.0
"""Seconds that a kernel gets to end after `exit()`."""
_LATE_RUNS = 3
"""Cells whose late output is handed out in one answer, so that it fits."""
_REMEMBERED = 64


class Kernel:
    """A kernel that outlives its process: it can die and be restarted."""

    def __init__(self, folder: Path, cwd: str) -> None:
        self._folder = folder
        self._cwd = cwd
        self._generation = 0
        self._process: KernelProcess | None = None
        self._client: Any = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._heard = 0
        self._runs: OrderedDict[str, Run] = OrderedDict()
        self._updates: dict[str, dict[str, Any]] = {}
        self.death: str | None = None
        """How the process ended, as the rest of a sentence; none while it lives."""

    async def start(self, preload: dict[str, Any] | None, timeout: float) -> None:
        """Start a process and wait until it answers.

        Raises:
            KernelError: The process could not be started within `timeout` seconds.
        """
        self._generation += 1
        self._process = KernelProcess(self._folder, self._generation)
        await self._process.start(self._cwd, preload, timeout)
        self._client = AsyncKernelClient()
        self._client.load_connection_info(self._process.connection)
        self._client.session.unpack = unpack
        self._client.start_channels(shell=True, iopub=True, stdin=False, hb=False, control=False)
        self.death = None
        heard = asyncio.Event()
        self._begin(self._watch(self._process))
        self._begin(self._listen_shell())
        self._begin(self._listen_iopub(heard))
        await self._greet(heard, timeout)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside, until the process is stopped."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _greet(self, heard: asyncio.Event, timeout: float) -> None:
        """Ask until the output channel is heard, since a subscription takes effect after an unknown time."""
        for _ in range(max(int(timeout / _GREETING), 1)):
            if self.death is not None:
                raise KernelError("StartFailed", f"the kernel {self.death} while it started", self.log_tail())
            self._client.kernel_info()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(heard.wait(), _GREETING)
                return
        raise KernelError("StartTimeout", f"the kernel did not answer within {timeout:g} s", self.log_tail())

    async def stop(self) -> None:
        """End the process and everything that belongs to it."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._client is not None:
            self._client.stop_channels()
            self._client = None
        if self._process is not None:
            self._process.kill()
            await self._process.ended()
            self._process.remove_sockets()
        self._settle_death("was stopped")

    async def restart(self, preload: dict[str, Any] | None, timeout: float) -> None:
        """Begin anew with an empty namespace (and the preload)."""
        await self.stop()
        await self.start(preload, timeout)

    def execute(self, identifier: str, code: str, timeout: float | None) -> Run:
        """Send a cell, to be found again by the caller's `identifier`; after `timeout` seconds it is interrupted.

        Raises:
            KernelError: The kernel is `Dead`, or `Busy` with another cell.
        """
        if self.death is not None:
            raise KernelError("Dead", f"the kernel {self.death}", self.log_tail())
        if (current := self.current) is not None:
            raise KernelError("Busy", f"run {current.id} is still going on")
        run = Run(identifier)
        self._runs[self._client.execute(code, allow_stdin=False, stop_on_error=False)] = run
        while len(self._runs) > _REMEMBERED:
            self._runs.popitem(last=False)
        if timeout is not None:
            self._begin(self._enforce(run, timeout))
        return run

    @property
    def current(self) -> Run | None:
        """The cell that runs."""
        last = next(reversed(self._runs.values()), None)
        return last if last is not None and not last.done.is_set() else None

    def find(self, identifier: str) -> Run:
        """A cell of before.

        Raises:
            KernelError: No such cell, or too long ago (`NoRun`).
        """
        for run in reversed(self._runs.values()):
            if run.id == identifier:
                return run
        raise KernelError("NoRun", f"run {identifier} is not known")

    async def interrupt(self) -> Run | None:
        """Interrupt the cell that runs, twice if need be; none if there is none."""
        if (run := self.current) is None:
            return None
        await self._stop_run(run, "interrupted")
        return run

    async def _enforce(self, run: Run, timeout: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(run.done.wait(), timeout)
        if not run.done.is_set():
            await self._stop_run(run, "timeout")

    async def _stop_run(self, run: Run, reason: str) -> None:
        assert self._process is not None
        run.stopped_by = run.stopped_by or reason
        for _ in range(2):
            self._process.interrupt()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(run.replied.wait(), INTERRUPT_GRACE)
                break
        else:
            run.give_up()
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(run.done.wait(), INTERRUPT_GRACE)

    async def _watch(self, process: KernelProcess) -> None:
        death = await process.ended()
        await asyncio.sleep(0.05)  # what it still said is on its way
        self._settle_death(death)

    def _settle_death(self, death: str) -> None:
        self.death = self.death or death
        if (run := self.current) is not None:
            run.finish("dead")

    async def _listen_shell(self) -> None:
        while True:
            message = await next_of(self._client.shell_channel)
            run = self._runs.get(message["parent_header"].get("msg_id", ""))
            if run is not None and message["msg_type"] == "execute_reply":
                run.on_reply(message["content"], message.get("metadata"))
                if run.ends_kernel:
                    self._begin(self._end_after_exit())
                elif not run.done.is_set():
                    self._begin(self._await_rest(run))

    async def _await_rest(self, run: Run) -> None:
        """Wait for the end of the output of a cell that has run; there is none if a cell broke the output thread."""
        while not run.done.is_set():
            heard = self._heard
            await asyncio.sleep(_SILENCE)
            if heard == self._heard and not await self._client.iopub_channel.msg_ready():
                run.conclude()

    async def _end_after_exit(self) -> None:
        """End a process that `exit()` did not end, since one of its threads goes on."""
        await asyncio.sleep(_EXIT_GRACE)
        assert self._process is not None
        self.death = "was ended by exit()"
        self._process.kill()

    async def _listen_iopub(self, heard: asyncio.Event) -> None:
        while True:
            message = await next_of(self._client.iopub_channel)
            heard.set()
            self._heard += 1
            run = self._runs.get(message["parent_header"].get("msg_id", ""))
            if run is not None:
                self._on_iopub(run, message["msg_type"], message["content"])

    def _on_iopub(self, run: Run, kind: str, content: dict[str, Any]) -> None:
        if kind == "status" and content["execution_state"] == "idle":
            run.on_idle()
        elif kind == "execute_input":
            run.execution_count = content["execution_count"]
        elif kind == "update_display_data":
            self._update_display(run, content)
        else:
            run.on_output(kind, content)

    def _update_display(self, run: Run, content: dict[str, Any]) -> None:
        """Replace a display wherever it is shown; what no running cell shows is for the notebook to find."""
        identifier = content.get("transient", {}).get("display_id", "")
        if not run.update_display(content) or run.done.is_set():
            self._updates[identifier] = {"data": content["data"], "metadata": content["metadata"]}
            while len(self._updates) > _REMEMBERED:
                del self._updates[next(iter(self._updates))]

    def news(self) -> dict[str, Any]:
        """What happened to cells that were finished already, handed out once: `late` outputs and display `updates`."""
        runs = [run for run in self._runs.values() if run.has_late][:_LATE_RUNS]
        late = [{"run": run.id, "outputs": run.take_late()} for run in runs]
        updates, self._updates = self._updates, {}
        return {"late": late, "updates": updates}

    def status(self) -> dict[str, Any]:
        """Whether it lives and what it does."""
        return {
            "alive": self.death is None,
            "death": self.death,
            "pid": self._process.pid if self._process is not None else None,
            "run": self.current.id if self.current is not None else None,
        }

    def log_tail(self) -> str:
        """The end of the process's own log."""
        return self._process.log_tail() if self._process is not None else ""
