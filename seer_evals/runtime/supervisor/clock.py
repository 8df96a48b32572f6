"""The end of the sandbox: at its hard timeout, after its idle timeout, or when the host has left."""

import mmap
import os
import signal
import struct
import time
from typing import NoReturn

from .killing import kill_tree

EXIT_TIMEOUT = 91
"""Exit status of the supervisor when the sandbox has reached its hard timeout."""
EXIT_IDLE = 92
"""Exit status of the supervisor when no command has run for the idle timeout."""


class Activity:
    """When a command last ran, shared by all processes forked from here."""

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, 8)
        self.touch()

    def touch(self) -> None:
        """Note that a command runs now."""
        self._shared[:8] = struct.pack("d", time.monotonic())

    def seconds_ago(self) -> float:
        """Seconds since a command last ran."""
        return time.monotonic() - float(struct.unpack("d", self._shared[:8])[0])


def watch_the_clock(timeout: float, idle: float, activity: Activity, reap: bool) -> None:
    """End the process by a timer, `timeout` seconds from now or after `idle` seconds without a command (0: never)."""
    limits = [seconds for seconds in (timeout, idle) if seconds]
    if not limits:
        return
    started = time.monotonic()

    def check(*_: object) -> None:
        if timeout and time.monotonic() - started >= timeout:
            end(EXIT_TIMEOUT, reap)
        if idle and activity.seconds_ago() >= idle:
            end(EXIT_IDLE, reap)

    signal.signal(signal.SIGALRM, check)
    tick = min(1.0, min(limits) / 4)
    signal.setitimer(signal.ITIMER_REAL, tick, tick)


def end(status: int, reap: bool) -> NoReturn:
    """End the process and everything in the sandbox; `reap` if that takes more than exiting."""
    # As the first process of a pid namespace, exiting is enough: the kernel kills the rest.
    if reap:
        kill_tree(os.getpid())
    os._exit(status)
