"""What cells print, on its way to the output channel: in order, in few messages, and bounded."""

import threading
import time
from collections import deque
from collections.abc import Callable
from io import StringIO
from typing import Any, Protocol

Header = dict[str, Any]
"""The header of the request that a cell came with, which tells whose the text is."""

Part = tuple[str, str, int]
"""A stream's name, text that was written to it, and how many characters that followed were dropped."""

HEAD, TAIL = 6 * 2**20, 2 * 2**20
"""Characters that are kept of what cannot be sent yet, which is no less than is kept of a whole cell."""
PIECE = 1 << 16
"""Characters of one message."""
_PARTS = 1000
INTERVAL, SOON = 0.2, 0.02
"""Seconds until text is sent that nobody flushes, and text that is flushed too often to be sent every time."""
_WAITING, _WAITING_PER_SECOND = 0.1, 0.1
"""Seconds that flushes may wait until they are carried out: so many at once, so many more per second."""
_PATIENCE = 10.0


class OutputThread(Protocol):
    """The thread that alone sends messages."""

    def schedule(self, function: Callable[[], None]) -> None:
        """Have something done in the thread, after what was scheduled before."""

    def call_later(self, seconds: float, function: Callable[[], None]) -> None:
        """Have something done in the thread in some time."""

    def publish(self, header: Header, parts: list[Part]) -> None:
        """Send a message with what a cell has written; called in the thread."""

    @property
    def is_current(self) -> bool:
        """The caller runs in the thread, or there is none."""


class _Segment:
    """What one cell wrote to one stream with nothing between."""

    __slots__ = ("header", "name", "size", "text")

    def __init__(self, header: Header, name: str) -> None:
        self.header = header
        self.name = name
        self.text = StringIO()
        self.size = 0


class Outbox:
    """Text of all streams that was not sent yet; whatever thread wrote it, it is sent in that order."""

    def __init__(self, thread: OutputThread) -> None:
        self._thread = thread
        self._waiting = _WAITING
        self._waited = time.monotonic()
        self.reset()

    def reset(self) -> None:
        """Forget everything, as a forked child must: its parent sends it."""
        self._lock = threading.RLock()  # reentrant: a finaliser may print while its thread does
        self._empty()

    def _empty(self) -> None:
        self._head: list[_Segment] = []
        self._last: _Segment | None = None
        self._room = HEAD
        self._tail: deque[_Segment] = deque()
        self._tail_size = 0
        self._dropped: dict[tuple[int, str], tuple[Header, int]] = {}
        self._due = float("inf")

    def write(self, header: Header, name: str, text: str, now: float) -> None:
        """Append what the cell of `header` wrote to the stream `name`, at the monotonic time `now`."""
        with self._lock:
            last, size = self._last, len(text)
            if last is None or last.header is not header or last.name != name:
                last = self._last = _Segment(header, name)
                self._head.append(last)
            if size <= self._room:  # which it nearly always is, and many programs write single characters
                last.text.write(text)
                self._room -= size
            else:
                self._write_over(last, text)
        if now + INTERVAL < self._due:
            self._send_within(INTERVAL)

    def _write_over(self, last: _Segment, text: str) -> None:
        """Fill the head and put the rest into the tail."""
        last.text.write(text[: self._room])
        begin, self._room = self._room, 0
        if (over := len(text) - begin - TAIL) > 0:
            self._drop(last.header, last.name, over)
            begin += over
        for start in range(begin, len(text), PIECE):
            self._into_tail(last, text[start : start + PIECE])
        while self._tail_size > TAIL:
            gone = self._tail.popleft()
            self._tail_size -= gone.size
            self._drop(gone.header, gone.name, gone.size)

    def _into_tail(self, owner: _Segment, text: str) -> None:
        last = self._tail[-1] if self._tail else None
        if last is None or last.header is not owner.header or last.name != owner.name or last.size >= PIECE:
            self._tail.append(last := _Segment(owner.header, owner.name))
        last.text.write(text)
        last.size += len(text)
        self._tail_size += len(text)

    def _drop(self, header: Header, name: str, size: int) -> None:
        key = id(header), name
        self._dropped[key] = (header, self._dropped.get(key, (header, 0))[1] + size)

    def _send_within(self, seconds: float) -> None:
        due = time.monotonic() + seconds
        if due < self._due:
            self._due = due
            self._thread.schedule(lambda: self._thread.call_later(seconds, self.post))

    def flush(self) -> None:
        """Send what is there and wait until it is sent; many flushes in a short time are sent together, and soon."""
        if not self._head:
            return
        begin = time.monotonic()
        self._waiting = min(self._waiting + (begin - self._waited) * _WAITING_PER_SECOND, _WAITING)
        self._waited = begin
        if self._waiting <= 0:
            self._send_within(SOON)
        else:
            self.flush_now()
            self._waiting = max(self._waiting - (time.monotonic() - begin), -_WAITING)

    def flush_now(self) -> None:
        """Send what is there and wait until it is sent."""
        self.post()
        if self._thread.is_current:
            return
        sent = threading.Event()
        self._thread.schedule(sent.set)
        sent.wait(_PATIENCE)

    def post(self) -> None:
        """Hand what is there to the output thread, before anything that is scheduled from now on."""
        with self._lock:  # until it is scheduled, or later text could overtake it
            messages = self._messages()
            self._empty()
            if messages:
                self._thread.schedule(lambda: self._send(messages))

    def _messages(self) -> list[tuple[Header, list[Part]]]:
        """What is there, in messages of one cell each and of about `PIECE` characters at most."""
        head, tail = (
            [(each.header, (each.name, piece, 0)) for each in segments for piece in _pieces(each)]
            for segments in (self._head, self._tail)
        )
        between = [(header, (name, "", size)) for (_, name), (header, size) in self._dropped.items()]
        messages: list[tuple[Header, list[Part]]] = []
        size = 0
        for header, part in [*head, *between, *tail]:
            size += len(part[1])
            if not messages or messages[-1][0] is not header or size > PIECE or len(messages[-1][1]) >= _PARTS:
                messages.append((header, []))
                size = len(part[1])
            messages[-1][1].append(part)
        return messages

    def _send(self, messages: list[tuple[Header, list[Part]]]) -> None:
        for header, parts in messages:
            self._thread.publish(header, parts)


def _pieces(segment: _Segment) -> list[str]:
    text = segment.text.getvalue()
    return [text[start : start + PIECE] for start in range(0, len(text), PIECE)]
