"""One line of a terminal, written to in any order."""

import json

RESET = "\x1b[0m"


def json_bytes(text: str) -> int:
    """How many bytes `text` takes inside a JSON string."""
    return len(json.dumps(text, ensure_ascii=False).encode("utf-8", "replace")) - 2


class Line:
    """A line that can still change: pieces as they came, or one string per character once one was overwritten.

    The string of a character has the colour codes that hold for it before it.
    """

    __slots__ = ("_cells", "_coloured", "_pieces", "length", "size")

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._cells: list[str] | None = None
        self._coloured = False
        self.length = 0
        """Characters."""
        self.size = 0
        """Bytes inside a JSON string, or a little more."""

    def put(self, column: int, text: str, pen: str) -> None:
        """Write `text` over what is at `column`."""
        if self._cells is None and column == self.length and not pen:
            self._pieces.append(text)
            self.length += len(text)
            self.size += json_bytes(text)
            return
        cells = self._as_cells()
        if column > self.length:
            cells.extend(" " * (column - self.length))
            self.size += column - self.length
        self.size -= json_bytes("".join(cells[column : column + len(text)]))
        cells[column : column + len(text)] = [pen + char for char in text] if pen else text
        self.size += json_bytes(text) + len(text) * json_bytes(pen)
        self._coloured = self._coloured or bool(pen)
        self.length = len(cells)

    def cut(self, column: int) -> None:
        """Erase from `column` to the end."""
        if column < self.length:
            cells = self._as_cells()
            self.size -= json_bytes("".join(cells[column:]))
            del cells[column:]
            self.length = len(cells)

    def drop(self, count: int) -> None:
        """Forget the first `count` characters for good."""
        if self._cells is None:
            self._pieces = [self.text()[count:]]
        else:
            del self._cells[:count]
        self.length -= count
        self.size = json_bytes(self.text())

    def text(self) -> str:
        """The line with its colours, which end with it."""
        if self._cells is None:
            self._pieces = ["".join(self._pieces)]
            return self._pieces[0]
        return _with_colours(self._cells) if self._coloured else "".join(self._cells)

    def _as_cells(self) -> list[str]:
        if self._cells is None:
            self._cells = list("".join(self._pieces))
            self._pieces = []
        return self._cells


def _with_colours(cells: list[str]) -> str:
    parts, pen = [], ""
    for cell in cells:
        if cell[:-1] != pen:
            parts.append((RESET if pen else "") + cell[:-1])
            pen = cell[:-1]
        parts.append(cell[-1])
    return "".join(parts) + (RESET if pen else "")
