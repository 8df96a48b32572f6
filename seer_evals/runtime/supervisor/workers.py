"""The processes that serve the requests, as the supervisor sees them."""

import array
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Sequence

from .channel import Channel
from .clock import Activity
from .killing import kill
from .serving import serve_without_a_process, work

_SPARE_WORKERS = 4


class Workers:
    """Processes that serve one request at a time, forked ahead and used again: forking is the slow part."""

    def __init__(self, control: socket.socket, activity: Activity, beat: float | None) -> None:
        self._control = control
        self._activity = activity
        self._beat = beat
        self._free: list[_Worker] = []
        self._busy: list[_Worker] = []
        self._free.append(self._fork())

    def hand_over(self, fds: list[int]) -> None:
        """Give a request to a worker that has nothing to do, and see that there is one for the next."""
        for worker in [worker for worker in self._busy if worker.is_free()]:
            self._busy.remove(worker)
            self._free.append(worker)
        try:
            worker = self._free.pop() if self._free else self._fork(fds)
            while not worker.take(fds):
                worker = self._free.pop() if self._free else self._fork(fds)
        except OSError as error:
            # The sandbox is at its ceiling; whoever wants to kill what fills it must be heard all the same.
            with Channel(socket.socket(fileno=os.dup(fds[0]))) as channel:
                serve_without_a_process(channel, error)
            return
        self._busy.append(worker)
        self._busy = [worker for worker in self._busy if not worker.gone]
        while len(self._free) > _SPARE_WORKERS:
            self._free.pop().dismiss()
        if not self._free:
            with contextlib.suppress(OSError):
                self._free.append(self._fork(fds))

    def _fork(self, passing: Sequence[int] = ()) -> "_Worker":
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            pid = os.fork()
        except OSError:
            ours.close()
            theirs.close()
            raise
        if pid == 0:
            try:
                self._control.close()
                ours.close()
                for worker in (*self._free, *self._busy):
                    worker.dismiss()
                # A pipe has no end for its reader while a worker that has nothing to do with it holds it open.
                for fd in passing:
                    os.close(fd)
                work(theirs, self._activity, self._beat)
            except Exception as error:
                print(f"a worker failed: {error!r}", file=sys.stderr, flush=True)
            finally:
                os._exit(0)
        theirs.close()
        return _Worker(pid, ours)


class _Worker:
    """One such process, as the supervisor sees it."""

    def __init__(self, pid: int, connection: socket.socket) -> None:
        self._pid = pid
        self._connection = connection
        self.gone = False

    def take(self, fds: list[int]) -> bool:
        """Hand a request over; False if the process is no more."""
        # Whoever runs inside may have stopped it.
        kill(self._pid, signal.SIGCONT)
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))]
        try:
            self._connection.sendmsg([b"r"], rights, socket.MSG_NOSIGNAL)
        except OSError:
            self.dismiss()
            return False
        return True

    def is_free(self) -> bool:
        """Whether the process has finished with what it took."""
        try:
            finished = self._connection.recv(1, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            finished = b""
        if not finished:
            self.dismiss()
        return bool(finished)

    def dismiss(self) -> None:
        """Let the process go; it ends when it has nothing left to do."""
        self.gone = True
        self._connection.close()
