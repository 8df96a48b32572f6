"""The outputs of one cell as nbformat dicts, collected as they arrive and bounded to a head and a tail."""

import json
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

from .line import json_bytes
from .text import Screen

Output = dict[str, Any]

CELL_LIMIT = 8 * 2**20
"""Bytes of JSON that are kept of one cell; the answer of an `exec` may have 10 MiB."""
_PIECE, _SMALL_PIECE = 1 << 16, 1 << 13
"""Characters that are added at a time."""
_OVERHEAD = 64
"""Bytes of an output's JSON besides its text."""
_SLACK = 6 * _SMALL_PIECE
"""Bytes that a small piece may have at most, by which the head may be over its limit."""
_FIELD_LIMIT = 100_000
_LINES, _LINE_LIMIT = 200, 10_000
"""Lines of a traceback, and characters of each."""


def json_size(value: Any) -> int:
    """How many bytes `value` takes in a response."""
    return len(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


class _Stream:
    """Text of one stream; it can change until something else comes after it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._screen: Screen | None = Screen()
        self._text = ""
        self.size = _OVERHEAD

    def append(self, text: str) -> None:
        assert self._screen is not None
        self._screen.write(text)
        self.size = _OVERHEAD + self._screen.size

    def drop(self, size: int) -> int:
        """Forget about `size` bytes at the begin; returns how many characters these were."""
        assert self._screen is not None
        characters = self._screen.drop(size)
        self.size = _OVERHEAD + self._screen.size
        return characters

    def end(self) -> None:
        """Note that nothing will be appended, which makes it small."""
        self._text, self._screen = self.text(), None
        self.size = _OVERHEAD + json_bytes(self._text)

    @property
    def is_open(self) -> bool:
        return self._screen is not None

    def text(self) -> str:
        return self._screen.text() if self._screen is not None else self._text

    def as_output(self) -> Output:
        return {"output_type": "stream", "name": self.name, "text": self.text()}


class _Display:
    """Any output that is not a stream."""

    def __init__(self, output: Output) -> None:
        self.show(output)
        self.in_tail = False

    def show(self, output: Output) -> None:
        self.output = output
        self.size = json_size(output)

    def as_output(self) -> Output:
        return self.output


class Collector:
    """The outputs of one cell: the first three quarters of `limit` bytes and the last quarter."""

    def __init__(self, limit: int = CELL_LIMIT) -> None:
        self._head_limit = limit * 3 // 4
        self._tail_limit = limit - self._head_limit
        self._clear()

    def _clear(self) -> None:
        self._head: list[_Stream | _Display] = []
        self._tail: deque[_Stream | _Display] = deque()
        self._displays: dict[str, list[_Display]] = {}
        self._head_size = self._tail_size = 0
        self._written = self._dropped = self._dropped_displays = 0
        self._head_is_full = False
        self._clear_on_next = False

    def __bool__(self) -> bool:
        return bool(self._head or self._tail)

    def clear(self, wait: bool) -> None:
        """Forget everything now, or (`wait`) as soon as there is something new to show."""
        if wait:
            self._clear_on_next = True
        else:
            self._clear()

    def add_text(self, name: str, text: str) -> None:
        """Append text to the stream `stdout` or `stderr`."""
        if self._clear_on_next:
            self._clear()
        self._written += len(text)
        start = 0
        while start < len(text):
            # in small pieces where the head ends, since a piece is not divided between head and tail
            size = _PIECE if self._head_is_full or self._head_limit - self._head_size > 8 * _PIECE else _SMALL_PIECE
            self._append(name, text[start : start + size])
            start += size

    def add_dropped(self, characters: int) -> None:
        """Note that the kernel has written so much more here, which it could not send."""
        if not characters:
            return
        self._written += characters
        self._dropped += characters
        self._head_is_full = True

    def add(self, output: Output) -> None:
        """Append an error, a result or a display."""
        if self._clear_on_next:
            self._clear()
        entry = _Display(_shortened(output, self._tail_limit))
        if (name := _display_id(output)) is not None:
            self._displays.setdefault(name, []).append(entry)
        if self._head_size + entry.size > self._head_limit:
            self._head_is_full = True
        self._enter(entry)

    def update(self, display_id: str, data: dict[str, Any], metadata: dict[str, Any]) -> bool:
        """Replace what the displays named `display_id` show; false if there is none here."""
        entries = self._displays.get(display_id, [])
        for entry in entries:
            before = entry.size
            entry.show(_shortened({**entry.output, "data": data, "metadata": metadata}, self._tail_limit))
            if entry.in_tail:
                self._tail_size += entry.size - before
            else:
                self._head_size += entry.size - before
        self._shrink()
        return bool(entries)

    def outputs(self) -> list[Output]:
        """What is kept, in order, with a note where something was dropped."""
        head, tail = ([entry.as_output() for entry in entries] for entries in (self._head, self._tail))
        if not self._dropped and not self._dropped_displays:
            return list(_merged([*head, *tail]))
        return list(_merged([*head, {"output_type": "stream", "name": "stdout", "text": self._note()}, *tail]))

    def _note(self) -> str:
        amounts = [f"{self._dropped:,} of {self._written:,} characters of output"] if self._dropped else []
        amounts += [f"{self._dropped_displays:,} displays"] if self._dropped_displays else []
        return f"\n[... {' and '.join(amounts)} were too much to keep; what follows is the end ...]\n"

    def _append(self, name: str, text: str) -> None:
        entries = self._tail if self._head_is_full else self._head
        last = entries[-1] if entries else None
        if isinstance(last, _Stream) and last.name == name and last.is_open:
            before = last.size
            last.append(text)
            self._add_size(last.size - before)
        else:
            stream = _Stream(name)
            stream.append(text)
            self._enter(stream)
        if self._head_size >= self._head_limit:
            self._head_is_full = True
        self._shrink()

    def _enter(self, entry: _Stream | _Display) -> None:
        entries = self._tail if self._head_is_full else self._head
        if entries and isinstance(last := entries[-1], _Stream) and last.is_open:
            before = last.size
            last.end()
            self._add_size(last.size - before)
        if isinstance(entry, _Display):
            entry.in_tail = self._head_is_full
        entries.append(entry)
        self._add_size(entry.size)
        self._shrink()

    def _add_size(self, size: int) -> None:
        if self._head_is_full:
            self._tail_size += size
        else:
            self._head_size += size

    def _shrink(self) -> None:
        """Drop from the end of the head and the begin of the tail what is over their limits."""
        while self._head_size > self._head_limit + _SLACK and len(self._head) > 1:
            self._head_is_full = True
            self._forget(gone := self._head.pop())
            self._head_size -= gone.size
        if self._tail_size <= self._tail_limit:
            return
        while self._tail_size > self._tail_limit * 7 // 8 and len(self._tail) > 1:  # some more, not to do it every time
            self._forget(gone := self._tail.popleft())
            self._tail_size -= gone.size
        last = self._tail[0]
        if self._tail_size > self._tail_limit and isinstance(last, _Stream):
            before = last.size
            self._dropped += last.drop(self._tail_size - self._tail_limit * 7 // 8)
            self._tail_size += last.size - before

    def _forget(self, entry: _Stream | _Display) -> None:
        if isinstance(entry, _Stream):
            self._dropped += len(entry.text())
            return
        self._dropped_displays += 1
        if (name := _display_id(entry.output)) is not None:
            self._displays[name].remove(entry)


def _display_id(output: Output) -> str | None:
    name: str | None = output.get("transient", {}).get("display_id")
    return name


def _merged(outputs: Iterable[Output]) -> Iterator[Output]:
    """Join neighbouring texts of the same stream."""
    pending: Output | None = None
    for output in outputs:
        if (
            pending
            and output["output_type"] == pending["output_type"] == "stream"
            and output["name"] == pending["name"]
        ):
            pending = {**pending, "text": pending["text"] + output["text"]}
            continue
        if pending:
            yield pending
        pending = output
    if pending:
        yield pending


def _shortened(output: Output, limit: int) -> Output:
    """The output without what is too large to keep."""
    if output["output_type"] == "error":
        return {
            **output,
            "ename": str(output.get("ename", ""))[:1000],
            "evalue": _cut(str(output.get("evalue", ""))),
            "traceback": [_cut(str(line), _LINE_LIMIT) for line in output.get("traceback", [])[-_LINES:]],
        }
    if json_size(output) <= limit:
        return output
    data = dict(output.get("data", {}))
    for mime, value in sorted(data.items(), key=lambda item: -json_size(item[1])):
        text = _cut(str(data.get("text/plain", "")))
        del data[mime]
        data["text/plain"] = f"{text}\n[{mime} of {json_size(value):,} bytes was too large to keep]"
        if json_size(data) <= limit:
            break
    return {**output, "data": data, "metadata": {}}


def _cut(text: str, limit: int = _FIELD_LIMIT) -> str:
    half = limit // 2
    if len(text) <= limit:
        return text
    return f"{text[:half]}\n[... {len(text) - 2 * half:,} characters ...]\n{text[-half:]}"
