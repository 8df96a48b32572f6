"""Text as a terminal would leave it: what carriage returns, backspaces and cursor movements overwrite is gone."""

import re

from .line import Line, json_bytes

LIVE = 128
"""Lines that a cursor can reach, from the last one upwards."""
_REACH = 1000
"""Columns or lines that one cursor movement goes at most."""
_PENS = 64
"""Characters of colour codes that are remembered since the last reset."""
_HELD = 4096
"""Characters that an unfinished control sequence may have."""

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_TOKEN = re.compile(
    "(?:\x1b\\[|\x9b)(?P<numbers>[0-?]*)[ -/]*(?P<final>[@-~])"
    "|(?P<move>[\n\r\b])"
    "|(?P<text>[^\x00\x07\b\n\r\x1b\x90\x98\x9b\x9d-\x9f]+)"
    "|[\x90\x98\x9d-\x9f][^\x07\x1b\x9c\n]*(?:\x07|\x1b\\\\|\x9c)"
    "|(?P<stray>[\x90\x98\x9d-\x9f])"
    "|\x1b[\\]PX^_][^\x07\x1b\x9c\n]*(?:\x07|\x1b\\\\|\x9c)"
    "|\x1b[ -/]*[0-~]?|[\x00\x07\x9b]"
)
_UNFINISHED = re.compile("(?:\x1b(?:\\[[0-?]*[ -/]*|[\\]PX^_][^\x07\x1b\x9c\n]*\x1b?|[ -/]*)|\x9b[0-?]*[ -/]*)\\Z")


class Screen:
    """What a stream has written, as it would look; only its last lines can change.

    The work of `write` grows with what is written, not with what is there.
    """

    __slots__ = ("_above", "_column", "_held", "_lines", "_pen", "_row", "size")

    def __init__(self) -> None:
        self._above: list[str] = []
        self._lines = [Line()]
        self._row = self._column = 0
        self._pen = ""
        self._held = ""
        self.size = 0
        """Bytes that the text takes inside a JSON string, or a little more."""

    def text(self) -> str:
        """All that can be seen."""
        return "".join(self._above) + "\n".join(line.text() for line in self._lines)

    def write(self, text: str) -> None:
        """Write at the cursor."""
        if not self._held and not self._pen and self._is_at_end and not _CONTROL.search(text):
            self._write_plain(text)
            return
        text = self._held + text
        unfinished = _UNFINISHED.search(text, max(len(text) - _HELD, 0))
        self._held = unfinished.group() if unfinished else ""
        for token in _TOKEN.finditer(text, 0, len(text) - len(self._held)):
            if run := token["text"] or token["stray"]:
                self._put(run)
            elif token["move"]:
                self._move(token["move"])
            elif token["final"]:
                self._control(token["final"], token["numbers"])

    def drop(self, size: int) -> int:
        """Forget about `size` bytes at the begin for good; returns how many characters these were."""
        characters, kept = 0, max(self.size - size, 0)
        gone = 0
        while gone < len(self._above) and self.size > kept:
            characters += len(self._above[gone])
            self.size -= json_bytes(self._above[gone])
            gone += 1
        del self._above[:gone]
        while self.size > kept and len(self._lines) > 1:
            characters += self._lines[0].length + 1
            self._remove_top()
        if self.size > kept:
            characters += self._drop_from_line(min(self.size - kept, self._lines[0].length))
        return characters

    def _drop_from_line(self, count: int) -> int:
        line = self._lines[0]
        self.size -= line.size
        line.drop(count)
        self.size += line.size
        self._column = max(self._column - count, 0)
        return count

    @property
    def _is_at_end(self) -> bool:
        return self._row == len(self._lines) - 1 and self._column == self._lines[-1].length

    def _write_plain(self, text: str) -> None:
        """Append; all but the last lines go into one piece, which will not be a live line when this returns."""
        *lines, last = text.rsplit("\n", LIVE)
        for line in lines:
            self._put(line)
            self._newline()
        self._put(last)

    def _put(self, text: str) -> None:
        if not text:
            return
        line = self._lines[self._row]
        self.size -= line.size
        line.put(self._column, text, self._pen)
        self.size += line.size
        self._column += len(text)

    def _move(self, character: str) -> None:
        if character == "\n":
            self._newline()
        elif character == "\r":
            self._column = 0
        else:
            self._column = max(self._column - 1, 0)

    def _newline(self) -> None:
        self._column = 0
        self._row += 1
        if self._row == len(self._lines):
            self._lines.append(Line())
            self.size += 2
            if len(self._lines) > LIVE:
                finished = f"{self._lines[0].text()}\n"
                self._remove_top()
                self._above.append(finished)
                self.size += json_bytes(finished)

    def _remove_top(self) -> None:
        self.size -= self._lines[0].size + 2
        del self._lines[0]
        self._row = max(self._row - 1, 0)

    def _control(self, final: str, numbers: str) -> None:
        if final == "m":
            self._colour(numbers)
            return
        first = numbers.partition(";")[0]
        number = min(int(first[:6]), _REACH) if first.isdecimal() and first.isascii() else 0
        steps = max(number, 1)
        if final in "AF":
            self._row = max(self._row - steps, 0)
        elif final in "BE":
            self._row = min(self._row + steps, len(self._lines) - 1)
        elif final == "C":
            self._column += steps
        elif final == "D":
            self._column = max(self._column - steps, 0)
        elif final in "G`":
            self._column = steps - 1
        elif final in "JK":
            self._erase(final, number)
        if final in "EF":
            self._column = 0

    def _colour(self, numbers: str) -> None:
        first, _, others = numbers.partition(";")
        if first in ("", "0"):
            self._pen = ""
            numbers = others
        if numbers and len(numbers) < _PENS:
            self._pen += f"\x1b[{numbers}m"
        while len(self._pen) > _PENS:
            self._pen = self._pen[self._pen.index("\x1b", 1) :]

    def _erase(self, final: str, number: int) -> None:
        """Erase in the line (`K`), or to the end of the screen; a screen that is cleared keeps what was on it."""
        if final == "J":
            if number == 0:
                self._cut(self._row, self._column)
                for _ in range(len(self._lines) - 1 - self._row):
                    self.size -= self._lines.pop().size + 2
        elif number == 0:
            self._cut(self._row, self._column)
        elif number == 2:
            self._cut(self._row, 0)
        else:
            column, self._column = self._column, 0
            self._put(" " * min(column + 1, self._lines[self._row].length))
            self._column = column

    def _cut(self, row: int, column: int) -> None:
        line = self._lines[row]
        self.size -= line.size
        line.cut(column)
        self.size += line.size
