"""A child process with buffered output, whose end is seen the moment it comes."""

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from ._streams import Buffer, Stdin, reading, writing


class Process:
    """A running command, its three streams and its exit status (negative: the signal)."""

    def __init__(self, popen: "subprocess.Popen[bytes]", stdin: Stdin, stdout: Buffer, stderr: Buffer) -> None:
        self.popen = popen
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
        self.ended = asyncio.Event()
        self._watch()

    @property
    def returncode(self) -> int | None:
        """The exit status, once there is one."""
        return self.popen.returncode if self.ended.is_set() else None

    def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        pidfd = os.pidfd_open(self.popen.pid)

        def reap() -> None:
            loop.remove_reader(pidfd)
            os.close(pidfd)
            self.popen.wait()
            self.ended.set()

        loop.add_reader(pidfd, reap)

    def kill(self) -> None:
        """SIGKILL the process itself, not its children."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.popen.pid, signal.SIGKILL)


async def spawn(
    argv: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    pass_fds: Sequence[int] = (),
) -> Process:
    """Start `argv` in a session of its own with three pipes."""
    ins, outs, errs = os.pipe(), os.pipe(), os.pipe()
    try:
        popen = subprocess.Popen(
            argv,
            stdin=ins[0],
            stdout=outs[1],
            stderr=errs[1],
            env=env,
            cwd=cwd,
            pass_fds=pass_fds,
            start_new_session=True,
        )
    finally:
        for fd in (ins[0], outs[1], errs[1]):
            os.close(fd)
    return Process(popen, await writing(ins[1]), await reading(outs[0]), await reading(errs[0]))


def children(pid: int) -> list[int]:
    """The pids of the children of `pid`, oldest first."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []
