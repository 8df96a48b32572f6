"""Running a command: its streams, bounded while they arrive, its end, and the death of all it started."""

import contextlib
import fcntl
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import anyio
from inspect_ai.util import ExecResult

from seer_evals.sandboxes import _operations
from seer_evals.sandboxes._remarks import RETURN_CODES
from seer_evals.sandboxes._tail import Tail

from ._channel import Channel
from ._errors import unavailable
from ._supervised import Supervised

_CHUNK = 1 << 18
_PIPE_SIZE = 1 << 20
_KILL_SECONDS = 10
_KILLED = 137
_ATTEMPTS = 3
"""A command may be handed to a process that somebody inside has killed and that is not gone yet: it has not begun then,
and is handed to another."""


@dataclass(frozen=True)
class Command(_operations.Command):
    """What to run, complete: nothing is added to it in the sandbox but the identity of `user`."""

    explicit: Sequence[str] = ()
    """Names in `env` that hold even against what belongs to `user`, such as HOME."""
    held: bool = False
    """It runs for as long as the sandbox, which is idle when nothing else runs in it."""


async def run(supervised: Supervised, command: Command) -> ExecResult[str]:
    """Run a command to its end; what it started in the background lives on.

    Raises:
        TimeoutError: It took longer than its timeout and is dead with all it started; see `truncated_output`.
        PermissionError: The file is not executable.
        SandboxUnavailableError: The sandbox is not running.
    """
    for _ in range(_ATTEMPTS - 1):
        if (result := await _attempt(supervised, command)) is not None:
            return result
    return await _attempt(supervised, command) or _killed()


async def _attempt(supervised: Supervised, command: Command) -> ExecResult[str] | None:
    """Run a command; None if the process that was to start it was gone before it could."""
    before = supervised.met()
    with Streams(command.input is not None) as streams:
        out, err = Tail(command.limit), Tail(command.limit)
        with await supervised.request(request_of(command), streams.theirs()) as channel:
            # Held here as well, the ends of the pipes would never be seen.
            streams.let_go()
            execution = Execution(supervised, channel, streams, out, err)
            try:
                with anyio.move_on_after(command.timeout) as scope:
                    answer = await execution.finish(command.input or b"")
            except BaseException:
                await execution.kill()
                raise
            if scope.cancelled_caught:
                await execution.kill()
                raise _timed_out(command, out, err)
            # Only then it is sure to have had no effect, so that it may be tried again.
            if answer is None and not execution.begun and not supervised.cause_of_death():
                return None
            result = _result(command, answer, out, err, supervised)
            if not result.success and (why := supervised.met_since(before)):
                result.stderr = f"{result.stderr.rstrip()}\n{why}\n".lstrip()
            return result


def request_of(command: Command) -> dict[str, Any]:
    return {
        "op": "exec",
        "argv": list(command.argv),
        "cwd": command.cwd,
        "env": dict(command.env),
        "explicit": list(command.explicit),
        "user": command.user,
        "held": command.held,
    }


def _result(
    command: Command, answer: dict[str, Any] | None, out: "Tail", err: "Tail", supervised: Supervised
) -> ExecResult[str]:
    if answer is None:
        if cause := supervised.cause_of_death():
            raise unavailable(cause)
        return _killed(out.text(), err.text())
    if problem := answer.get("error"):
        if problem == "permission":
            raise PermissionError(f"not permitted to execute {answer.get('message')}")
        return ExecResult(False, RETURN_CODES.get(problem, 126), "", f"{answer.get('message')}\n")
    status = answer.get("status", _KILLED)
    return ExecResult(status == 0, status, out.text(), err.text())


def _killed(out: str = "", err: str = "") -> ExecResult[str]:
    return ExecResult(False, _KILLED, out, err + "the command was killed\n")


def _timed_out(command: Command, out: "Tail", err: "Tail") -> TimeoutError:
    error = TimeoutError(f"command timed out after {command.timeout:g} seconds: {' '.join(command.argv)[:200]}")
    error.truncated_output = out.text() + err.text()  # type: ignore[attr-defined]
    return error


class Streams:
    """The pipes of one command."""

    def __init__(self, with_stdin: bool) -> None:
        self.stdin: int | None = None
        self._open: set[int] = set()
        self.out, self._out = self._pipe()
        self.err, self._err = self._pipe()
        self._in: int | None = None
        if with_stdin:
            self._in, self.stdin = self._pipe()
            os.set_blocking(self.stdin, False)
        os.set_blocking(self.out, False)
        os.set_blocking(self.err, False)

    def _pipe(self) -> tuple[int, int]:
        ends = os.pipe()
        self._open.update(ends)
        # A bigger pipe is fewer wake-ups; the kernel may refuse.
        with contextlib.suppress(OSError):
            fcntl.fcntl(ends[0], fcntl.F_SETPIPE_SZ, _PIPE_SIZE)
        return ends

    def theirs(self) -> list[int]:
        return [self._out, self._err, self.out, self.err, *([] if self._in is None else [self._in])]

    def let_go(self) -> None:
        for fd in (self._out, self._err, self._in):
            if fd is not None:
                self.close(fd)

    def close(self, fd: int) -> None:
        self._open.discard(fd)
        os.close(fd)

    def __enter__(self) -> "Streams":
        return self

    def __exit__(self, *_: object) -> None:
        for fd in list(self._open):
            self.close(fd)


class Execution:
    """One command that has been handed over."""

    def __init__(self, supervised: Supervised, channel: Channel, streams: Streams, out: Tail, err: Tail) -> None:
        self._supervised = supervised
        self._channel = channel
        self._streams = streams
        self._tails = ((streams.out, out), (streams.err, err))
        self._keeper: int | None = None

    @property
    def begun(self) -> bool:
        """Whether the process that starts the command has taken it; from then on it may have had effects."""
        return self._keeper is not None

    async def finish(self, data: bytes) -> dict[str, Any] | None:
        """Feed and read the command until it ends; its last answer, None if it has vanished."""
        async with anyio.create_task_group() as group:
            for fd, tail in self._tails:
                group.start_soon(_read, fd, tail)
            if self._streams.stdin is not None:
                group.start_soon(_feed, self._streams, data)
            answer = await self.answer()
            group.cancel_scope.cancel()
        self._read_the_rest()
        return answer

    async def answer(self) -> dict[str, Any] | None:
        """How the command ended or why it did not start; None if it has vanished."""
        answer = await self._channel.answer()
        if answer is not None and "keeper" in answer:
            self._keeper = answer["keeper"]
            answer = await self._channel.answer()
        return answer

    def _read_the_rest(self) -> None:
        for fd, tail in self._tails:
            # No more than what was in the pipe when the command ended: a background writer may go on for ever.
            for chunk in available(fd, _PIPE_SIZE):
                tail.add(chunk)

    async def kill(self) -> None:
        """Kill the command with everything it has started, wherever in the process tree it went."""
        with anyio.move_on_after(_KILL_SECONDS, shield=True), contextlib.suppress(Exception):
            while self._keeper is None:
                answer = await self._channel.answer()
                if answer is None or "error" in answer:
                    return
                self._keeper = answer.get("keeper")
            with await self._supervised.request({"op": "kill", "keeper": self._keeper}) as channel:
                await channel.answer()
            self._read_the_rest()


async def _read(fd: int, tail: Tail) -> None:
    while True:
        try:
            chunk = os.read(fd, _CHUNK)
        except BlockingIOError:
            await anyio.wait_readable(fd)
            continue
        if not chunk:
            return
        tail.add(chunk)
        # A command that writes without pause must not keep the rest of the evaluation from running.
        await anyio.lowlevel.checkpoint()


def available(fd: int, most: int) -> Iterator[bytes]:
    with contextlib.suppress(BlockingIOError):
        while most > 0 and (chunk := os.read(fd, _CHUNK)):
            most -= len(chunk)
            yield chunk


async def _feed(streams: Streams, data: bytes) -> None:
    fd = streams.stdin
    assert fd is not None
    view = memoryview(data)
    try:
        while view:
            try:
                view = view[os.write(fd, view[:_PIPE_SIZE]) :]
            except BlockingIOError:
                await anyio.wait_writable(fd)
    except BrokenPipeError:
        pass  # a command need not read what it is given
    streams.close(fd)
