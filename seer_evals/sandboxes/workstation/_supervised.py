"""The running supervisor of one sandbox: its start, requests to it, what it died of, and its end."""

import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import anyio

from seer_evals.runtime.supervisor import EXIT_IDLE, EXIT_TIMEOUT

from ._channel import Channel
from ._errors import unavailable

_START_SECONDS = 30
_END_SECONDS = 5.0


@dataclass(frozen=True)
class Launch:
    """How to start a supervisor: `{control}` in `argv` stands for the number of its control descriptor."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    log: Path
    """Where its stderr goes, outside of what the sandbox sees."""
    contained: bool
    """Killing the process ends everything in the sandbox; otherwise the supervisor has to do that itself."""


class Supervised:
    """A sandbox's supervisor, as seen from the host."""

    def __init__(self, process: subprocess.Popen[bytes], control: socket.socket, launch: Launch) -> None:
        self.process = process
        self._control = control
        self._launch = launch
        self._closed_because = ""

    @classmethod
    async def start(cls, launch: Launch) -> Self:
        """Start a supervisor and wait until it listens.

        Raises:
            SandboxUnavailableError: It did not start; the message has its own words.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        argv = [part.format(control=theirs.fileno()) if "{control}" in part else part for part in launch.argv]
        with theirs, launch.log.open("wb") as log:
            # From this thread, not a worker's: the kernel takes the death of the thread for that of the parent.
            process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                env=dict(launch.env),
                pass_fds=[theirs.fileno()],
                cwd="/",
                start_new_session=True,
            )
        supervised = cls(process, ours, launch)
        try:
            with anyio.fail_after(_START_SECONDS):
                await supervised._wait_until_it_listens()
        except BaseException:
            with anyio.CancelScope(shield=True):
                await supervised.close("it did not start")
            raise
        return supervised

    async def _wait_until_it_listens(self) -> None:
        while True:
            try:
                greeting = self._control.recv(64)
                break
            except BlockingIOError:
                await anyio.wait_readable(self._control)
            except ConnectionError:
                greeting = b""
                break
        if greeting != b"ready":
            self.process.wait(_END_SECONDS)
            raise unavailable(f"it did not start: {self._last_words() or f'exit {self.process.returncode}'}")

    async def request(self, request: Mapping[str, Any], fds: Sequence[int] = ()) -> Channel:
        """Send a request.

        Raises:
            SandboxUnavailableError: The supervisor is gone.
        """
        if cause := self.cause_of_death():
            raise unavailable(cause)
        return await Channel.open(self._control, request, fds)

    def cause_of_death(self) -> str:
        """Why the sandbox is not running, in words; empty while it is."""
        if self._closed_because:
            return self._closed_because
        status = self.process.poll()
        if status is None:
            return ""
        if status == EXIT_TIMEOUT:
            return "it has reached its timeout"
        if status == EXIT_IDLE:
            return "no command has run in it for its idle timeout"
        if status in (-signal.SIGKILL, 128 + signal.SIGKILL):
            return "it was killed (by the kernel if memory ran out, or by someone on this machine)"
        return f"its supervisor ended with status {status}: {self._last_words()}"

    def _last_words(self) -> str:
        with contextlib.suppress(OSError):
            return self._launch.log.read_text(errors="replace").strip()[-500:]
        return ""

    def init_pid(self) -> int:
        """The host's number of the sandbox's first process.

        Raises:
            ConnectionError: The sandbox is not running.
        """
        if cause := self.cause_of_death():
            raise ConnectionError(f"the workstation sandbox is not running: {cause}")
        if not self._launch.contained:
            return self.process.pid
        if (pid := self._first_process()) is None:
            raise ConnectionError("the workstation sandbox is just ending")
        return pid

    def _first_process(self) -> int | None:
        try:
            children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        except OSError:
            return None
        return int(children[0]) if children else None

    async def close(self, because: str) -> None:
        """End everything in the sandbox and wait until it has ended."""
        self._closed_because = self._closed_because or because
        # The supervisor takes the end of the control socket as its own.
        self._control.close()
        first = self._first_process() if self._launch.contained and self.process.poll() is None else None
        if first is not None:
            # bubblewrap itself ends only after this one, and this one only after all others in the namespace.
            with contextlib.suppress(ProcessLookupError):
                os.kill(first, signal.SIGKILL)
        with anyio.CancelScope(shield=True):
            deadline = anyio.current_time() + _END_SECONDS
            while self.process.poll() is None and anyio.current_time() < deadline:
                await anyio.sleep(0.002)
            if self.process.returncode is None:
                self._kill()
                await anyio.to_thread.run_sync(self.process.wait)

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            if self.process.returncode is None:
                os.kill(self.process.pid, signal.SIGKILL)
