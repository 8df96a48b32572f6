"""A kernel's operating-system process: started, watched, signalled, and its end put into words."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from jupyter_client.connect import write_connection_file

MAX_SOCKET_PATH = 100
"""Bytes that the path of a unix socket may have, with a little to spare."""


class KernelError(Exception):
    """A request that could not be fulfilled; `kind` is for programs, `log` the end of the kernel's log."""

    def __init__(self, kind: str, message: str, log: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.log = log


class KernelProcess:
    """One process of one kernel; a restart makes another."""

    def __init__(self, folder: Path, generation: int) -> None:
        self._folder = folder
        self._sockets = folder / f"s{generation}"
        self._log = folder / "log"
        self._process: asyncio.subprocess.Process | None = None
        self.connection: dict[str, Any] = {}

    @property
    def pid(self) -> int:
        """The process id, which is its process group's, too."""
        assert self._process is not None
        return self._process.pid

    async def start(self, cwd: str, preload: dict[str, Any] | None, timeout: float) -> None:
        """Start the process and wait until it has preloaded and listens.

        Raises:
            KernelError: It failed (`StartFailed`) or took longer than `timeout` seconds (`StartTimeout`).
        """
        if len(os.fsencode(f"{self._sockets}-5")) > MAX_SOCKET_PATH:
            raise KernelError("StartFailed", f"the path {self._sockets} is too long for unix sockets")
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file, self.connection = write_connection_file(
            str(self._folder / "connection.json"),
            transport="ipc",
            ip=str(self._sockets),
            key=os.urandom(16).hex().encode(),
        )
        ours, theirs = os.pipe()
        try:
            await self._spawn(file, theirs, cwd)
        finally:
            os.close(theirs)
        try:
            await asyncio.wait_for(self._preload(ours, preload), timeout)
        except TimeoutError:
            self.kill()
            raise KernelError(
                "StartTimeout", f"the kernel was not ready after {timeout:g} s", self.log_tail()
            ) from None

    async def _spawn(self, connection_file: str, status: int, cwd: str) -> None:
        module = f"{__package__}.main"
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", module, connection_file, str(status), cwd),
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                env=_environment(),
                pass_fds=(status,),
                start_new_session=True,
            )

    async def _preload(self, status: int, preload: dict[str, Any] | None) -> None:
        assert self._process is not None and self._process.stdin is not None
        with contextlib.suppress(ConnectionError):
            self._process.stdin.write(json.dumps(preload).encode())
            await self._process.stdin.drain()
        self._process.stdin.close()
        answer = await _read_line(status)
        if not answer:
            raise KernelError("StartFailed", f"the kernel {await self.ended()} while it started", self.log_tail())
        if error := json.loads(answer).get("error"):
            raise KernelError("StartFailed", f"{error['type']}: {error['message']}", self.log_tail())

    async def ended(self) -> str:
        """Wait for the end and say how it came, as the rest of a sentence about the kernel."""
        assert self._process is not None
        return _in_words(await self._process.wait())

    def interrupt(self) -> None:
        """Send SIGINT to the kernel and its children."""
        self._signal(signal.SIGINT)

    def kill(self) -> None:
        """End the kernel and its children at once."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def log_tail(self, limit: int = 4000) -> str:
        """The last `limit` characters of what the process itself wrote."""
        with contextlib.suppress(OSError), self._log.open("rb") as log:
            log.seek(max(log.seek(0, os.SEEK_END) - 4 * limit, 0))  # of a log that a cell may have made huge
            return log.read(4 * limit).decode("utf-8", "replace")[-limit:]
        return ""

    def remove_sockets(self) -> None:
        """Delete the files of the sockets."""
        for path in self._folder.glob(f"{self._sockets.name}-*"):
            path.unlink(missing_ok=True)


def _environment() -> dict[str, str]:
    """The host's environment, with its Python first on the path and plots drawn into the notebook."""
    search = f"{os.path.dirname(sys.executable)}:{os.environ.get('PATH', os.defpath)}"
    return {**os.environ, "PATH": search, "MPLBACKEND": "module://matplotlib_inline.backend_inline"}


async def _read_line(fd: int) -> bytes:
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, os.fdopen(fd, "rb"))
    try:
        return await reader.readline()
    finally:
        transport.close()


def _in_words(code: int) -> str:
    if code >= 0:
        return f"exited with code {code}"
    name = signal.Signals(-code).name
    if -code == signal.SIGKILL:
        return f"was killed by {name} (signal {-code}), most often because memory ran out"
    return f"was killed by {name} (signal {-code})"
