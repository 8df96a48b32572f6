"""A small table that reads well in a notebook, in a tool's result and in a log."""

from collections.abc import Sequence
from typing import Any

MAX_ROWS = 40
MAX_CELL = 72


class Table:
    """Rows under column names.

    `print` shows at most 40 rows; `rows` has everything, and `records()` gives it as dictionaries.

    Attributes:
        columns: Their names.
        rows: A list of values for each row, in the order of the columns.
        title: A line above the rows; empty for none.
    """

    def __init__(self, columns: Sequence[str], rows: Sequence[Sequence[Any]], title: str = "") -> None:
        self.columns = list(columns)
        self.rows = [list(row) for row in rows]
        self.title = title

    def records(self) -> list[dict[str, Any]]:
        """One dictionary per row, by column name."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def column(self, name: str) -> list[Any]:
        """The values of one column.

        Raises:
            ValueError: There is no such column.
        """
        if name not in self.columns:
            raise ValueError(f"no column {name!r}; there are: {', '.join(self.columns)}")
        return [row[self.columns.index(name)] for row in self.rows]

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        shown = [[_cell(value) for value in row] for row in self.rows[:MAX_ROWS]]
        widths = [max(len(name), *(len(row[i]) for row in shown), 0) for i, name in enumerate(self.columns)]
        lines = [self.title] if self.title else []
        lines += [
            "  ".join(part.ljust(width) for part, width in zip(row, widths, strict=True)).rstrip()
            for row in [self.columns, *shown]
        ]
        if len(self.rows) > MAX_ROWS:
            lines.append(f"… {len(self.rows) - MAX_ROWS} more rows in .rows")
        return "\n".join(lines)


def _cell(value: Any) -> str:
    text = f"{value:.3g}" if isinstance(value, float) else repr(value) if isinstance(value, str) else str(value)
    if isinstance(value, float) and 0.01 <= abs(value) < 10_000:
        text = f"{value:.3f}".rstrip("0").rstrip(".") if value != int(value) else f"{value:.0f}"
    return text if len(text) <= MAX_CELL else text[: MAX_CELL - 1] + "…"
