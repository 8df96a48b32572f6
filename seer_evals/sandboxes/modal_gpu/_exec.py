"""Running a command: its streams, bounded while they arrive, its end, and the death of all it started."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anyio
from inspect_ai.util import ExecResult

from seer_evals.runtime.remote import EXIT_REMARK
from seer_evals.runtime.untrusted import NotPlain
from seer_evals.sandboxes._operations import Command
from seer_evals.sandboxes._remarks import RETURN_CODES, remark_in
from seer_evals.sandboxes._tail import Tail

from ._errors import cause_of_death, patience, unavailable
from ._remote import Remote, Request, request
from ._start import kill, start

if TYPE_CHECKING:
    from modal.container_process import ContainerProcess

_KILLED = 137
_CHUNK = 1 << 20
_LATE = 15
"""Seconds that a command may report its own timeout too late before the host gives it up."""
_QUIET = 0.8
"""Seconds without output after which the streams of a command that has ended count as drained."""
_DRAIN = 3.0
"""Seconds after which they do even if a little goes on coming from something in the background."""
_FLOOD = 64 * 1024
"""Bytes per second that are more than a little."""
_FLOOD_SECONDS = 120.0
"""Seconds after which much that goes on coming is not waited for either."""


@dataclass
class Ended:
    """How a request ended, with what it wrote."""

    code: int
    out: Tail
    err: Tail
    remark: dict[str, Any]
    """What the program in the sandbox had to say beside that."""


async def run(remote: Remote, command: Command) -> ExecResult[str]:
    """Run a command to its end; what it started in the background lives on.

    Raises:
        TimeoutError: It took longer than its timeout and is dead with all it started; see `truncated_output`.
        PermissionError: The file is not executable.
        SandboxUnavailableError: The sandbox is not running.
    """
    asked = request_of(remote, command)
    ended = await carry_out(remote, asked, command.input, command.limit, command.timeout)
    problem = ended.remark.get("error")
    if problem == "timeout":
        raise _timed_out(command, ended)
    if problem == "permission":
        raise PermissionError(f"not permitted to execute {ended.remark.get('message')}")
    if problem == "twice":
        raise unavailable("the connection broke while a command was starting; it may have run, its output is lost")
    if problem is not None:
        return ExecResult(False, RETURN_CODES.get(problem, 126), "", f"{ended.remark.get('message')}\n")
    return ExecResult(ended.code == 0, ended.code, ended.out.text(), ended.err.text())


def request_of(remote: Remote, command: Command) -> Request:
    """A command as the program that runs it takes it."""
    options = {
        "cwd": command.cwd,
        "user": command.user,
        "explicit": list(command.env),
        "stdin": command.input is not None,
        "timeout": command.timeout,
    }
    given = {name: value for name, value in options.items() if value}
    return request(remote.layout.python, "command", {"cwd": "/", **given}, command.argv, command.env)


def _timed_out(command: Command, ended: Ended) -> TimeoutError:
    error = TimeoutError(f"command timed out after {command.timeout:g} seconds: {' '.join(command.argv)[:200]}")
    error.truncated_output = ended.out.text() + ended.err.text()  # type: ignore[attr-defined]
    return error


async def carry_out(
    remote: Remote, asked: Request, data: bytes | None, limit: int, timeout: float | None = None
) -> Ended:
    """Start a request, feed and read it until it ends.

    If it is cancelled, or does not end within its timeout, it is killed in the sandbox.

    Raises:
        SandboxUnavailableError: The sandbox is not running, or died meanwhile.
    """
    streams = Streams(Tail(limit), Tail(limit))
    try:
        with anyio.move_on_after(None if timeout is None else timeout + _LATE) as scope:
            process = await start(remote, asked, None if timeout is None else timeout + 2 * _LATE)
            code = await streams.follow(process, _stdin(asked, data))
    except BaseException:
        await kill(remote, asked)
        raise
    if scope.cancelled_caught:
        await kill(remote, asked)
        if (cause := await cause_of_death(remote.sandbox)) is not None:
            raise unavailable(cause)
        return Ended(_KILLED, streams.out, streams.err, {"error": "timeout"})
    return await _ended(remote, asked, streams, code)


def _stdin(asked: Request, data: bytes | None) -> bytes | None:
    return asked.prefix + (data or b"") if asked.prefix or data is not None else None


async def _ended(remote: Remote, asked: Request, streams: "Streams", code: int | None) -> Ended:
    lost = code in (None, -1) or streams.problem is not None
    # What kills a sandbox looks like a command that was killed.
    cause = await cause_of_death(remote.sandbox, patience(streams.problem)) if lost or code == _KILLED else None
    if cause is not None:
        raise unavailable(cause)
    if lost:
        # Half an output would be taken for the whole.
        await kill(remote, asked)
        raise unavailable(f"the connection to it broke while a command ran ({streams.problem!r})")
    remark = streams.err.cut_out(asked.token) if code == EXIT_REMARK else None
    return Ended(code or 0, streams.out, streams.err, _remark(remark))


def _remark(data: bytes | None) -> dict[str, Any]:
    try:
        return remark_in(data) if data else {}
    except NotPlain as problem:
        return {"error": "failed", "message": f"what was said of the command cannot be read: {problem}"}


class Streams:
    """The streams of one process while it runs."""

    def __init__(self, out: Tail, err: Tail) -> None:
        self.out = out
        self.err = err
        self.problem: Exception | None = None
        """Why the process could not be followed to its end."""

    async def follow(self, process: "ContainerProcess[bytes]", data: bytes | None) -> int | None:
        """Feed and read a process until it ends: its exit status, None if that cannot be learnt."""
        code: int | None = None
        readers = [Reader(process.stdout, self.out), Reader(process.stderr, self.err)]
        async with anyio.create_task_group() as group:
            for reader in readers:
                group.start_soon(reader.read)
            if data is not None:
                group.start_soon(feed, process, data)
            try:
                code = await process.wait.aio()
            except Exception as error:
                self.problem = error
            await self._drain(readers)
            group.cancel_scope.cancel()
        self.problem = self.problem or next((reader.problem for reader in readers if reader.problem), None)
        return code

    async def _drain(self, readers: list["Reader"]) -> None:
        """Wait for the rest of what the process wrote, but not for what goes on writing in the background."""
        ended, before = time.monotonic(), -1
        while not all(reader.ended for reader in readers) and before != self._arrived():
            pause, before = time.monotonic(), self._arrived()
            with anyio.move_on_after(_QUIET):
                for reader in readers:
                    await reader.end.wait()
            # What was written before the end comes as fast as the line allows; what comes after it is a trickle.
            trickles = self._arrived() - before < _FLOOD * (time.monotonic() - pause)
            if time.monotonic() - ended > (_DRAIN if trickles else _FLOOD_SECONDS):
                return

    def _arrived(self) -> int:
        return self.out.arrived + self.err.arrived


class Reader:
    """Reads one stream into a tail."""

    def __init__(self, stream: Any, tail: Tail) -> None:
        self._stream = stream
        self._tail = tail
        self.end = anyio.Event()
        self.problem: Exception | None = None

    @property
    def ended(self) -> bool:
        """Whether there is no more to come."""
        return self.end.is_set()

    async def read(self) -> None:
        """Read to the end, or for as long as the stream can be read."""
        try:
            async for chunk in self._stream:
                self._tail.add(chunk)
        except Exception as error:
            self.problem = error
        finally:
            self.end.set()


async def feed(process: "ContainerProcess[bytes]", data: bytes) -> None:
    """Write all of `data` to a process and close its stdin, for as long as it reads."""
    view = memoryview(data)
    try:
        while len(view) > _CHUNK:
            process.stdin.write(view[:_CHUNK])
            await process.stdin.drain.aio()
            view = view[_CHUNK:]
        process.stdin.write(bytes(view))
        process.stdin.write_eof()
        await process.stdin.drain.aio()
    except Exception:
        # It has ended without reading it all, which its own status tells.
        return
