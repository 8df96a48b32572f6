"""What is written to descriptors 1 and 2 by children and by libraries, as text of the cell that it belongs to.

Every cell has pipes of its own. A child keeps those of the cell that started it, so that what it says later is still
that cell's, and what it leaves of a character in one write is completed by its next one and by nobody else's.
"""

import codecs
import contextlib
import functools
import os
import select
import selectors
import sys
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

Write = Callable[[dict[str, Any], str, str, float], None]
NAMES = {1: "stdout", 2: "stderr"}
_CHUNK = 1 << 16
_FETCHES = 16
"""Chunks that are fetched before a write, lest a child that floods keeps the cell from writing."""
_DRAIN_SECONDS = 1.0
"""How long a cell's end waits for a child that goes on writing."""
_REST_SECONDS = 0.5
"""How long a cell's end waits for the rest of a character."""


class _Pipe:
    """The end of a pipe from which one stream of one cell is read, by one thread at a time."""

    def __init__(self, fd: int, name: str, header: dict[str, Any], write: Write) -> None:
        os.set_blocking(fd, False)
        self.fd = fd
        self._name = name
        self._header = header
        self._write = write
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._lock = threading.RLock()  # reentrant: a finaliser may print while its thread reads
        self._open = True
        self.is_read = False
        """Somebody is about to pass on what was in the pipe, or does so."""

    def read(self) -> bool | None:
        """Pass on what is there; false at its end, none if nothing is there now."""
        with self._lock:
            self.is_read = True  # said before anything is taken out of the pipe
            try:
                return self._read()
            finally:
                self.is_read = False

    def _read(self) -> bool | None:
        if not self._open:
            return None
        try:
            data = os.read(self.fd, _CHUNK)
        except BlockingIOError:
            return None
        except OSError:  # a terminal whose last user has gone
            data = b""
        self._pass_on(data, final=not data)
        return bool(data)

    def settle(self) -> None:
        """Pass on everything that was written until now, half a character at its end as a broken one."""
        end = time.monotonic() + _DRAIN_SECONDS
        while self.read() and time.monotonic() < end:
            pass
        while self._decoder.getstate()[0] and self._more_comes() and self.read():
            pass
        with self._lock:
            self._pass_on(b"", final=True)

    def _more_comes(self) -> bool:
        poll = select.poll()
        poll.register(self.fd, select.POLLIN)
        return self._open and bool(poll.poll(_REST_SECONDS * 1000))

    def close(self) -> None:
        """Give the descriptor back."""
        with self._lock:
            self._open = False
            os.close(self.fd)

    def _pass_on(self, data: bytes, final: bool) -> None:
        if text := self._decoder.decode(data, final):
            self._write(self._header, self._name, text, time.monotonic())


class _Waiting:
    """Whether something waits at some descriptors, asked in half a microsecond where there is epoll."""

    def __init__(self, fds: Iterable[int] = ()) -> None:
        self.any: Callable[[], object] = lambda: True
        if sys.platform == "linux":
            epoll = select.epoll()
            for fd in fds:
                epoll.register(fd, select.EPOLLIN)
            self.any = functools.partial(epoll.poll, 0)


class Capture:
    """Reads the pipes of all cells in a thread of its own."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._selector = selectors.DefaultSelector()
        self._current: dict[int, _Pipe] = {}
        self._waiting = _Waiting()
        threading.Thread(target=self._read_all, name="Capture", daemon=True).start()

    def begin(self, header: dict[str, Any]) -> None:
        """Give the cell of `header` pipes of its own; where there are no descriptors left, it shares the last one's."""
        for fd, name in NAMES.items():
            with contextlib.suppress(OSError):
                self._current[fd] = self._replace(fd, name, header)
        self._waiting = _Waiting(pipe.fd for pipe in self._current.values())

    def _replace(self, fd: int, name: str, header: dict[str, Any]) -> _Pipe:
        ours, theirs = os.pipe()
        os.dup2(theirs, fd)
        os.close(theirs)
        return self.adopt(ours, name, header)

    def adopt(self, fd: int, name: str, header: dict[str, Any]) -> _Pipe:
        """Read a descriptor to its end and close it."""
        pipe = _Pipe(fd, name, header, self._write)
        self._selector.register(fd, selectors.EVENT_READ, pipe)
        return pipe

    def fetch(self) -> None:
        """Pass on what waits in the running cell's pipes; called before every write, so it must cost nearly nothing."""
        if self._waiting.any() or any([pipe.is_read for pipe in self._current.values()]):
            for pipe in list(self._current.values()):
                for _ in range(_FETCHES):
                    if not pipe.read():
                        break

    def end(self) -> None:
        """Pass on all that was written in the running cell."""
        for pipe in list(self._current.values()):
            pipe.settle()

    def _read_all(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.data.read() is False:
                    self._selector.unregister(key.fd)
                    key.data.close()
