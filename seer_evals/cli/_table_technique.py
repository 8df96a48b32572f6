"""`seer table technique`: techniques and agents against families of organisms."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from seer_evals.cli._console import console

WORD = "technique"
"""What stands after `seer table` for this table."""


def add_technique_options(parser: argparse.ArgumentParser) -> None:
    """Add what only this table takes."""
    parser.add_argument("--csv", metavar="FILE", help=f"with `{WORD}`: write the counts as a spreadsheet")
    parser.add_argument("--png", metavar="FILE", help=f"with `{WORD}`: draw them (needs matplotlib)")


def print_techniques(logs: Sequence[str], csv: str | None, png: str | None) -> None:
    """Print the table, and write it to the files that are named.

    Raises:
        FileNotFoundError: There is no log.
        ValueError: No log is named, none has a planted truth, or matplotlib is missing.
    """
    from seer_evals.analysis.techniques import as_csv, as_table, count, draw, outcomes, read_all

    if not logs:
        raise ValueError(f"seer table {WORD} needs logs: .eval files, or directories that hold some")
    counts = count(outcomes(read_all(logs)))
    console.print(as_table(counts))
    for (who, group), cell in counts.cells.items():
        if cell.on_twins_too:
            console.print(f"- {who}, {group}: {cell.on_twins_too} not counted, said of the twin as well")
    if csv:
        Path(csv).write_text(as_csv(counts), encoding="utf-8")
    if png:
        draw(counts, Path(png))
