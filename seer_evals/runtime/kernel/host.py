"""The process that holds the kernels of a sandbox and answers one line of JSON with another over a unix socket.

`daemon` starts it. Requests name an `op`; answers have `ok`, and if it is false `error: {type, message, log}`:;
a `timeout` or `wait` of null has no limit, and `run` is a name that the caller chooses:

| op | fields | answer |
|---|---|---|
| `start` | `kernel`, `cwd`, `preload` (dict or null), `timeout` s | `pid` |
| `execute` | `kernel`, `run`, `code`, `timeout`, `wait` s | `cell` after `wait` s, `late`, `updates`, `death`, `log` |
| `wait` | `kernel`, `run`, `wait` s | the same |
| `interrupt` | `kernel` | the same, with `cell` null if nothing ran |
| `restart` | `kernel`, `preload`, `timeout` s | `pid` |
| `shutdown` | `kernel`, or none for all and the host itself | |
| `status` | | `kernels` |
"""

import asyncio
import contextlib
import json
import os
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from .address import SOCKET
from .kernel import Kernel
from .messages import fits
from .process import KernelError
from .run import Run

Request = dict[str, Any]

REQUEST_LIMIT = 64 * 2**20
ANSWER_LIMIT = 9 * 2**20
IDLE_EXIT = 60.0
"""Seconds after which a host without kernels ends."""
_NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")


class KernelHost:
    """The kernels by name, and what can be asked of them."""

    def __init__(self, run: Path) -> None:
        self._run = run
        self._kernels: dict[str, Kernel] = {}
        self.stopped = asyncio.Event()
        self._ops: dict[str, Callable[[Request], Awaitable[dict[str, Any]]]] = {
            "start": self._start,
            "execute": self._execute,
            "wait": self._wait,
            "interrupt": self._interrupt,
            "restart": self._restart,
            "shutdown": self._shutdown,
            "status": self._status,
        }

    @property
    def is_empty(self) -> bool:
        """No kernel is held."""
        return not self._kernels

    async def answer(self, line: bytes) -> bytes:
        """Answer one request, whatever is wrong with it."""
        try:
            request = json.loads(line)
            answer = {"ok": True, **await self._ops[request["op"]](request)}
        except KernelError as error:
            answer = {"ok": False, "error": {"type": error.kind, "message": str(error), "log": error.log}}
        except Exception as error:
            answer = {"ok": False, "error": {"type": "BadRequest", "message": repr(error), "log": ""}}
        return _encoded(answer)

    async def _start(self, request: Request) -> dict[str, Any]:
        name = request["kernel"]
        if not _NAME.fullmatch(name):
            raise KernelError("BadRequest", f"kernel name {name!r} must consist of 1 to 32 letters, digits, _ and -")
        if name in self._kernels:
            raise KernelError("Exists", f"there is a kernel {name!r} already")
        # In its place before it has started: starting takes a while, and a second of its name must be refused.
        kernel = self._kernels[name] = Kernel(self._run / f"kernel-{name}", request["cwd"])
        try:
            await kernel.start(request.get("preload"), request["timeout"])
        except BaseException:
            del self._kernels[name]
            await kernel.stop()
            raise
        return {"pid": kernel.status()["pid"]}

    async def _execute(self, request: Request) -> dict[str, Any]:
        kernel = self._kernel(request)
        run = kernel.execute(request["run"], request["code"], request.get("timeout"))
        return await _awaited(kernel, run, request.get("wait"))

    async def _wait(self, request: Request) -> dict[str, Any]:
        kernel = self._kernel(request)
        return await _awaited(kernel, kernel.find(request["run"]), request.get("wait"))

    async def _interrupt(self, request: Request) -> dict[str, Any]:
        kernel = self._kernel(request)
        return _report(kernel, await kernel.interrupt())

    async def _restart(self, request: Request) -> dict[str, Any]:
        kernel = self._kernel(request)
        await kernel.restart(request.get("preload"), request["timeout"])
        return {"pid": kernel.status()["pid"]}

    async def _shutdown(self, request: Request) -> dict[str, Any]:
        if (name := request.get("kernel")) is not None:
            await self._kernel(request).stop()
            del self._kernels[name]
        else:
            await self.close()
            self.stopped.set()
        return {}

    async def _status(self, request: Request) -> dict[str, Any]:
        return {"kernels": {name: kernel.status() for name, kernel in self._kernels.items()}}

    def _kernel(self, request: Request) -> Kernel:
        name = request["kernel"]
        if name not in self._kernels:
            raise KernelError("NoKernel", f"no kernel {name!r}; there are: {', '.join(self._kernels) or 'none'}")
        return self._kernels[name]

    async def close(self) -> None:
        """End all kernels."""
        await asyncio.gather(*(kernel.stop() for kernel in self._kernels.values()))
        self._kernels.clear()


async def _awaited(kernel: Kernel, run: Run, wait: float | None) -> dict[str, Any]:
    event = run.done if run.unresponsive else run.settled
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), wait)
    return _report(kernel, run)


def _report(kernel: Kernel, run: Run | None) -> dict[str, Any]:
    log = kernel.log_tail() if kernel.death else ""
    cell = run.snapshot() if run is not None else None
    return {"cell": cell, "death": kernel.death, "log": log, **kernel.news()}


def _encoded(answer: dict[str, Any]) -> bytes:
    """One line that is sure to fit into the answer of an `exec`."""
    # The second time without the outputs, which alone can be too much.
    for _ in range(2):
        line = json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        if (len(line) <= ANSWER_LIMIT and fits(line)) or not answer.get("cell"):
            break
        note = f"[outputs of {len(line):,} bytes were too much to hand over]\n"
        answer["cell"]["outputs"] = [{"output_type": "stream", "name": "stderr", "text": note}]
        answer |= {"late": [], "updates": {}}
    return line


async def serve(run: Path, ready: Callable[[], None]) -> None:
    """Answer at the socket in `run` until told to stop, or idle, or the socket is gone."""
    host = KernelHost(run)
    path = run / SOCKET

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while line := await reader.readline():
                writer.write(await host.answer(line))
                await writer.drain()
        writer.close()

    path.unlink(missing_ok=True)
    mask = os.umask(0o077)
    server = await asyncio.start_unix_server(converse, str(path), limit=REQUEST_LIMIT)
    os.umask(mask)
    ready()
    try:
        await _until_unneeded(host, path)
    finally:
        server.close()
        path.unlink(missing_ok=True)
        await host.close()


async def _until_unneeded(host: KernelHost, path: Path) -> None:
    idle = 0.0
    while not host.stopped.is_set() and idle < IDLE_EXIT and path.exists():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(host.stopped.wait(), 2.0)
        idle = idle + 2.0 if host.is_empty else 0.0
    await asyncio.sleep(0.1)  # the answer to `shutdown` is on its way
