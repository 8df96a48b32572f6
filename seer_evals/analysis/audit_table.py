"""Audits as a table for a terminal: how each ended, and what the judges saw in it."""

import math
from collections.abc import Sequence

from inspect_ai.log import EvalLog
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from seer_evals.analysis.frames import SampleKey, Thing, records, sample_key, scores
from seer_evals.audits import Dimension, available_dimensions, find_dimensions
from seer_evals.plain_text import shown

SCORER, PREFIX = "petri_judge", "petri_"
MOST = 4
"""Dimensions that are named of one audit."""


def audit_table(log: EvalLog) -> Table | None:
    """A row for each audit of a log, with its highest scores on what is bad; None if it holds others than audits."""
    audits: dict[SampleKey, list[Thing]] = {}
    for row in records(scores(log)):
        if row["scorer"] == SCORER:
            audits.setdefault(sample_key(row), []).append(row)
    if not audits:
        return None
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("audit", overflow="fold", ratio=3)
    table.add_column("ended", overflow="fold", ratio=2)
    table.add_column("turns", justify="right", no_wrap=True)
    table.add_column("what the judges saw", overflow="fold", ratio=4)
    for rows in audits.values():
        table.add_row(*(Text(shown(cell)) for cell in _cells(rows)))
    return table


def _cells(rows: Sequence[Thing]) -> tuple[str, str, str, str]:
    """What the table says of one audit, of what its judges scored."""
    first = rows[0]
    numbers = {row["name"]: row["value"] for row in rows if row["value"] is not None}
    sample = first["id"] + (f" (epoch {first['epoch']})" if first["epoch"] > 1 else "")
    turns = numbers.get("audit_turns", math.nan)
    seen = {name.removeprefix(PREFIX): value for name, value in numbers.items() if name.startswith(PREFIX)}
    unscored = (first["reason"] or "").replace("_", " ")
    said = "; ".join(filter(None, [_said(seen), unscored]))
    return sample, first["answer"] or "", "-" if math.isnan(turns) else f"{turns:g}", said


def _said(seen: dict[str, float]) -> str:
    """The highest scores on what is bad; dimensions of others' count as bad."""
    known = {each.id: each for each in find_dimensions(available_dimensions())}
    high = [(name, value) for name, value in seen.items() if _is_bad(known.get(name), value)]
    named = [f"{name} {value:g}" for name, value in sorted(high, key=lambda each: -each[1])]
    more = [f"{len(named) - MOST} more"] if len(named) > MOST else []
    return ", ".join(named[:MOST] + more) or ("nothing bad" if seen else "")


def _is_bad(dimension: Dimension | None, value: float) -> bool:
    """Above its scale's lowest, where high is bad."""
    return value > 1 if dimension is None else dimension.direction == "bad" and value > dimension.scale[0]
