"""The counts for a terminal and for a spreadsheet."""

import csv
import io

from rich.box import SIMPLE_HEAD
from rich.table import Table

from seer_evals.analysis.techniques._counts import Counts
from seer_evals.intervals import Estimate
from seer_evals.plain_text import spreadsheet_cell

COLUMNS = (
    "who", "group", "found", "hidden", "found_low", "found_high", "on_twins_too",
    "alarms", "twins", "alarms_low", "alarms_high", "chance",
)  # fmt: skip


def as_table(counts: Counts) -> Table:
    """What was found of what there was, below it Wilson's interval of 95 %, and false alarms of all twins."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, title="Found, and false alarms on twins", title_justify="left")
    table.add_column("", no_wrap=True)
    for group in counts.columns:
        table.add_column(group.replace("_", " "), no_wrap=True)
        table.add_column("false\nalarms", no_wrap=True)
    for who in counts.rows:
        cells = [counts.cells.get((who, group)) for group in counts.columns]
        texts = [text for cell in cells for text in ((_share(cell.found), _share(cell.alarms)) if cell else ("", ""))]
        table.add_row(who, *texts)
    if counts.chance:
        guesses = [f"{counts.chance[group]:.2f}" if group in counts.chance else "" for group in counts.columns]
        table.add_row("(chance)", *(text for guess in guesses for text in (guess, "")), style="dim")
    return table


def as_csv(counts: Counts) -> str:
    """One line for each row and column of the table."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for (who, group), cell in counts.cells.items():
        row: list[object] = [who, group, *_numbers(cell.found), cell.on_twins_too, *_numbers(cell.alarms)]
        row.append(f"{counts.chance[group]:.4f}" if group in counts.chance else "")
        writer.writerow(map(spreadsheet_cell, row))
    return file.getvalue()


def _share(share: Estimate) -> str:
    return f"{_hits(share)}/{share.count}\n{share.low:.2f}-{share.high:.2f}" if share.count else "-"


def _numbers(share: Estimate) -> list[str]:
    if not share.count:
        return ["0", "0", "", ""]
    return [str(_hits(share)), str(share.count), f"{share.low:.4f}", f"{share.high:.4f}"]


def _hits(share: Estimate) -> int:
    return round(share.value * share.count)
