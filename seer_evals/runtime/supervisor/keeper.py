"""One command from its start until nothing of it is left."""

import os
import select
import signal
from collections.abc import Mapping
from typing import Any

from .channel import Channel
from .clock import Activity
from .killing import COMMAND, end_early
from .privileges import PR_SET_CHILD_SUBREAPER, PR_SET_NAME, prctl
from .spawning import Refused, spawn

_DRAIN_BYTES = 1 << 16
_STREAMS = 4


class Keeper:
    """Runs one command, reports how it ended, and stays with what it left in the background."""

    def __init__(self, activity: Activity, beat: float | None) -> None:
        self._activity = activity
        self._beat = beat
        self._counts = True
        """The command keeps the sandbox from being idle; a process that is held for the whole sample does not."""
        prctl(PR_SET_NAME, b"lab-keeper")
        prctl(PR_SET_CHILD_SUBREAPER, 1)
        for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM):
            signal.signal(number, signal.SIG_IGN)
        self._wake, wakeup = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(wakeup, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def run(self, request: Mapping[str, Any], channel: Channel, fds: list[int]) -> None:
        """Serve a command until nothing of it is left; closes those of `fds` it takes out of the list."""
        # Before the command exists: it could stop this process, and would then have to be killed through it.
        channel.answer({"keeper": os.getpid()})
        if len(fds) == _STREAMS:
            fds.append(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))
        out, err, _, _, stdin = fds
        try:
            main = spawn(request, [stdin, out, err])
        except Refused as refused:
            _let_go(fds, stdin, out, err)
            channel.answer({"error": refused.kind, "message": str(refused)})
            # Until then the host may still take this process for the one to kill.
            channel.wait_for_the_end()
            return
        end_early(main, COMMAND)
        _let_go(fds, stdin, out, err)
        self._counts = not request.get("held")
        self._stay(main, channel, fds)

    def _stay(self, main: int, channel: Channel, unread: list[int]) -> None:
        poll = select.poll()
        poll.register(self._wake, select.POLLIN)
        poll.register(channel.fileno(), select.POLLIN)
        running, heard = True, channel.fileno()
        while True:
            beat = int(self._beat * 1000) if running and self._beat else None
            events = {fd for fd, _ in poll.poll(beat)}
            if running and self._counts:
                self._activity.touch()
            if self._wake in events:
                _drain(self._wake)
            status, children = _collect(main)
            if status is not None:
                running = False
                channel.answer({"status": status})
            if heard in events:
                # The host lets go only after it has the status, or has had the command killed.
                poll.unregister(heard)
                heard = -1
                channel.close()
                for fd in unread:
                    os.set_blocking(fd, False)
                    poll.register(fd, select.POLLIN)
            for fd in [fd for fd in unread if fd in events]:
                if not _drain(fd):
                    poll.unregister(fd)
                    unread.remove(fd)
                    os.close(fd)
            if not children and not running and heard < 0:
                return


def _let_go(fds: list[int], *gone: int) -> None:
    """Close descriptors of a request, so that whoever reads or writes at the other end sees theirs end."""
    for fd in gone:
        fds.remove(fd)
        os.close(fd)


def _collect(main: int) -> tuple[int | None, bool]:
    """Reap what has ended: the exit status of `main` if it is among it, and whether children are left."""
    status = None
    while True:
        try:
            pid, ended = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return status, False
        if pid == 0:
            return status, True
        if pid == main:
            code = os.waitstatus_to_exitcode(ended)
            status = code if code >= 0 else 128 - code


def _drain(fd: int) -> bool:
    """Throw away what can be read; False at the end of the stream."""
    try:
        while chunk := os.read(fd, _DRAIN_BYTES):
            if len(chunk) < _DRAIN_BYTES:
                return True
    except BlockingIOError:
        return True
    return False
