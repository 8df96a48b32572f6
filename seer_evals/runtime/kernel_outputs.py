"""The outputs of one cell as nbformat dicts, collected as they arrive and bounded to a head and a tail."""

import json
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

from .kernel_text import collapse

Output = dict[str, Any]

CELL_LIMIT = 8 * 2**20
"""Bytes of JSON that are kept of one cell; the answer of an `exec` may have 10 MiB."""
_PIECE = 1 << 16
_FIELD_LIMIT = 100_000


def json_size(value: Any) -> int:
    """How many bytes `value` takes in a response."""
    return len(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


class _Stream:
    """Text of one stream; only its last line can still change."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._lines: list[str] = []
        self._last = ""
        self._lines_size = 0
        self.size = 0

    def append(self, text: str) -> None:
        *lines, self._last = (self._last + text).rpartition("\n")
        if lines[1]:
            whole = collapse("".join(lines))
            self._lines.append(whole)
            self._lines_size += json_size(whole)
        self._last = collapse(self._last)
        self.size = self._lines_size + json_size(self._last)

    def as_output(self) -> Output:
        return {"output_type": "stream", "name": self.name, "text": "".join(self._lines) + self._last}


class _Display:
    """Any output that is not a stream."""

    def __init__(self, output: Output) -> None:
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
        self._head_size = self._tail_size = self._dropped = 0
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
        if not self._head_is_full:
            text = self._into_head(name, text)
        for start in range(0, len(text), _PIECE):
            piece = _Stream(name)
            piece.append(text[start : start + _PIECE])
            self._into_tail(piece)

    def add(self, output: Output) -> None:
        """Append an error, a result or a display."""
        if self._clear_on_next:
            self._clear()
        entry = _Display(_shortened(output, self._tail_limit))
        if not self._head_is_full and self._head_size + entry.size <= self._head_limit:
            self._head.append(entry)
            self._head_size += entry.size
        else:
            self._head_is_full = True
            self._into_tail(entry)

    def update(self, display_id: str, data: dict[str, Any], metadata: dict[str, Any]) -> bool:
        """Replace what the displays named `display_id` show; false if there is none here."""
        found = False
        for entry in (*self._head, *self._tail):
            if isinstance(entry, _Display) and entry.output.get("transient", {}).get("display_id") == display_id:
                entry.output = _shortened({**entry.output, "data": data, "metadata": metadata}, self._tail_limit)
                found = True
        if found:
            self._recount()
        return found

    def outputs(self) -> list[Output]:
        """What is kept, in order, with a note where something was dropped."""
        tail = [entry.as_output() for entry in self._tail]
        if not self._dropped:
            return list(_merged([*(entry.as_output() for entry in self._head), *tail]))
        note = f"\n[... {self._dropped:,} bytes of output were too much to keep; what follows is the end ...]\n"
        head = [entry.as_output() for entry in self._head]
        return list(_merged([*head, {"output_type": "stream", "name": "stdout", "text": note}, *tail]))

    def _into_head(self, name: str, text: str) -> str:
        """Append what still fits and return the rest."""
        size = json_size(text)
        room = self._head_limit - self._head_size
        fits = len(text) if size <= room else len(text) * max(room, 0) // size
        self._head_is_full = fits < len(text)
        if fits:
            last = self._head[-1] if self._head else None
            if not (isinstance(last, _Stream) and last.name == name):
                self._head.append(last := _Stream(name))
            before = last.size
            last.append(text[:fits])
            self._head_size += last.size - before
        return text[fits:]

    def _into_tail(self, entry: _Stream | _Display) -> None:
        self._tail.append(entry)
        self._tail_size += entry.size
        self._evict()

    def _evict(self) -> None:
        while self._tail_size > self._tail_limit and len(self._tail) > 1:
            gone = self._tail.popleft().size
            self._tail_size -= gone
            self._dropped += gone

    def _recount(self) -> None:
        for entry in (*self._head, *self._tail):
            if isinstance(entry, _Display):
                entry.size = json_size(entry.output)
        self._head_size = sum(entry.size for entry in self._head)
        while self._head_size > self._head_limit:
            self._head_is_full = True
            gone = self._head.pop().size
            self._head_size -= gone
            self._dropped += gone
        self._tail_size = sum(entry.size for entry in self._tail)
        self._evict()


def _merged(outputs: Iterable[Output]) -> Iterator[Output]:
    """Join neighbouring texts of the same stream."""
    pending: Output | None = None
    for output in outputs:
        if (
            pending
            and output["output_type"] == pending["output_type"] == "stream"
            and output["name"] == pending["name"]
        ):
            pending = {**pending, "text": collapse(pending["text"] + output["text"])}
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
            "traceback": [_cut(str(line)) for line in output.get("traceback", [])][-200:],
        }
    if json_size(output) <= limit:
        return output
    data = dict(output.get("data", {}))
    for mime, value in sorted(data.items(), key=lambda item: -json_size(item[1])):
        del data[mime]
        data["text/plain"] = str(data.get("text/plain", ""))[:_FIELD_LIMIT] + (
            f"\n[{mime} of {json_size(value):,} bytes was too large to keep]"
        )
        if json_size(data) <= limit:
            break
    return {**output, "data": data, "metadata": {}}


def _cut(text: str) -> str:
    half = _FIELD_LIMIT // 2
    if len(text) <= _FIELD_LIMIT:
        return text
    return f"{text[:half]}\n[... {len(text) - 2 * half:,} characters ...]\n{text[-half:]}"
