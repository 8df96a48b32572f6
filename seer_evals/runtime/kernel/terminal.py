"""A command in a pseudo-terminal, so that it writes at once and in colour, with nobody at its keyboard."""

import codecs
import contextlib
import os
import pty
import select
import subprocess
import termios
from collections.abc import Callable
from typing import Protocol

_POLL = 0.05
_GRACE = 1.0
"""Seconds that a command gets to end when its cell is interrupted."""


class Output(Protocol):
    """Where the command's output goes."""

    def write(self, text: str, /) -> object:
        """Take some text."""

    def flush(self) -> object:
        """Show it."""


def run(command: list[str], output: Output, adopt: Callable[[int], object]) -> int:
    """Run a command to its end; returns its exit code, negative if a signal ended it.

    The terminal is left to `adopt`, since what the command put into the background may write to it still.
    """
    ours, theirs = pty.openpty()
    try:
        _leave_newlines_alone(theirs)
        # in our process group, so that an interrupt and the kernel's end reach it, too
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs)
    except BaseException:
        os.close(ours)
        raise
    finally:
        os.close(theirs)
    try:
        _copy(ours, process, output)
    except BaseException:
        _end(process)
        raise
    finally:
        adopt(ours)
    code = process.wait()
    return code if code <= 128 else 128 - code


def _leave_newlines_alone(terminal: int) -> None:
    settings = termios.tcgetattr(terminal)
    settings[1] &= ~termios.OPOST
    termios.tcsetattr(terminal, termios.TCSANOW, settings)


def _copy(fd: int, process: "subprocess.Popen[bytes]", output: Output) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    data = b"-"
    while data:
        has_ended = process.poll() is not None  # asked first, so that nothing it wrote before is missed
        if poll.poll(0 if has_ended else _POLL * 1000):
            try:
                data = os.read(fd, 1 << 16)
            except OSError:  # nobody has the other side any more
                data = b""
        elif has_ended:
            data = b""
        else:
            continue
        output.write(decoder.decode(data, final=not data))
        output.flush()


def _end(process: "subprocess.Popen[bytes]") -> None:
    try:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE)  # it got the interrupt itself
    finally:
        process.kill()
