"""What cells print, on its way to the output channel: in order, in few messages, and bounded."""

import threading
import time
from collections import deque
from collections.abc import Callable
from io import StringIO
from typing import Any, Protocol

Header = dict[str, Any]
"""The header of the request that a cell came with, which tells whose the text is."""

HEAD, TAIL = 6 * 2**20, 2 * 2**20
"""Characters that are kept of what cannot be sent yet, which is no less than is kept of a whole cell."""
PIECE = 1 << 16
"""Characters of one message."""
INTERVAL, SOON = 0.2, 0.02
"""Seconds until text is sent that nobody flushes, and text that is flushed too often to be sent every time."""
_WAITS, _WAITS_PER_SECOND = 100.0, 200.0
"""Flushes that may wait until they are carried out: so many at once, so many more per second."""
_PATIENCE = 10.0


class OutputThread(Protocol):
    """The thread that alone sends messages."""

    def schedule(self, function: Callable[[], None]) -> None:
        """Have something done in the thread, after what was scheduled before."""

    def call_later(self, seconds: float, function: Callable[[], None]) -> None:
        """Have something done in the thread in some time."""

    def publish(self, header: Header, content: dict[str, Any]) -> None:
        """Send a stream message; called in the thread."""

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
        self._waits = _WAITS
        self._waited = time.monotonic()
        self.reset()

    def reset(self) -> None:
        """Forget everything, as a forked child must: its parent sends it."""
        self._lock = threading.RLock()  # reentrant: a finaliser may print while its thread does
        self._empty()

    def _empty(self) -> None:
        self._head: list[_Segment] = []
        self._tail: deque[_Segment] = deque()
        self._head_size = self._tail_size = 0
        self._dropped: dict[tuple[int, str], tuple[Header, int]] = {}
        self._due = float("inf")

    def write(self, header: Header, name: str, text: str) -> None:
        """Append what the cell of `header` wrote to the stream `name`."""
        with self._lock:
            if (room := HEAD - self._head_size) > 0:
                self._head_size += _append(self._head, header, name, text[:room])
                text = text[room:]
            if text:
                self._into_tail(header, name, text)
        self._send_within(INTERVAL)

    def _into_tail(self, header: Header, name: str, text: str) -> None:
        if (over := len(text) - TAIL) > 0:
            self._drop(header, name, over)
            text = text[over:]
        for start in range(0, len(text), PIECE):
            self._tail_size += _append(self._tail, header, name, text[start : start + PIECE], PIECE)
        while self._tail_size > TAIL:
            gone = self._tail.popleft()
            self._tail_size -= gone.size
            self._drop(gone.header, gone.name, gone.size)

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
        now = time.monotonic()
        self._waits = min(self._waits + (now - self._waited) * _WAITS_PER_SECOND, _WAITS)
        self._waited = now
        if self._waits < 1:
            self._send_within(SOON)
        else:
            self._waits -= 1
            self.flush_now()

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

    def _messages(self) -> list[tuple[Header, dict[str, Any]]]:
        head, tail = (
            [(each.header, {"name": each.name, "text": piece}) for each in segments for piece in _pieces(each)]
            for segments in (self._head, self._tail)
        )
        between = [
            (header, {"name": name, "text": "", "dropped": size}) for (_, name), (header, size) in self._dropped.items()
        ]
        return [*head, *between, *tail]

    def _send(self, messages: list[tuple[Header, dict[str, Any]]]) -> None:
        for header, content in messages:
            self._thread.publish(header, content)


def _append(
    segments: "list[_Segment] | deque[_Segment]", header: Header, name: str, text: str, limit: float = float("inf")
) -> int:
    """Append to the last segment if it is of the same cell and stream and below `limit`; returns the text's length."""
    last = segments[-1] if segments else None
    if last is None or last.header is not header or last.name != name or last.size >= limit:
        segments.append(last := _Segment(header, name))
    last.text.write(text)
    last.size += len(text)
    return len(text)


def _pieces(segment: _Segment) -> list[str]:
    text = segment.text.getvalue()
    return [text[start : start + PIECE] for start in range(0, len(text), PIECE)]
