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

from seer_evals.runtime.supervisor import EXIT_IDLE, EXIT_TIMEOUT, descendants, kill_tree

from ._channel import Channel
from ._errors import unavailable
from ._groups import Group, Met

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

    def __init__(
        self, process: subprocess.Popen[bytes], control: socket.socket, launch: Launch, group: Group | None
    ) -> None:
        self.process = process
        self.group = group
        """What its ceilings are written to; None where it has none."""
        self._control = control
        self._launch = launch
        self._closed_because = ""

    @classmethod
    async def start(cls, launch: Launch, group: Group | None = None) -> Self:
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
        supervised = cls(process, ours, launch, group)
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
            return self.met_since(Met()) or "it was killed by someone on this machine"
        return f"its supervisor ended with status {status}: {self._last_words()}"

    def met(self) -> Met:
        """How often its ceilings were met until now."""
        return Met() if self.group is None else self.group.met()

    def met_since(self, before: Met) -> str:
        """Which ceiling was met since, in words; empty if none was."""
        return "" if self.group is None else self.group.since(before)

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

    def processes(self) -> list[int]:
        """Its processes, by the host's numbers, as far as they come from its first one."""
        return [] if self.process.poll() is not None else [self.process.pid, *descendants(self.process.pid)]

    def end(self, because: str) -> None:
        """Kill everything in the sandbox at once, from any thread, and say to whoever asks that this is why."""
        self._closed_because = self._closed_because or because
        if self.process.poll() is not None:
            return
        victim = self._first_process() if self._launch.contained else None
        with contextlib.suppress(ProcessLookupError):
            if victim is not None:
                os.kill(victim, signal.SIGKILL)
            else:
                kill_tree(self.process.pid, itself=True)

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
            if self.group is not None:
                await anyio.to_thread.run_sync(self.group.remove)

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            if self.process.returncode is None:
                os.kill(self.process.pid, signal.SIGKILL)
