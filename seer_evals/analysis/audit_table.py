"""Audits as a table for a terminal: how each ended, and what the judges saw in it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True)
class AuditRow:
    """One audit."""

    sample: str
    ending: str
    turns: float
    scores: Mapping[str, float]
    """By dimension, those that have one."""
    unscored: str
    """Why scores are missing, or nothing."""

    @property
    def seen(self) -> list[tuple[str, float]]:
        """What is bad and above its scale's lowest, the highest first; dimensions of others' count as bad."""
        known = {each.id: each for each in find_dimensions(available_dimensions())}
        high = [(name, value) for name, value in self.scores.items() if _is_bad(known.get(name), value)]
        return sorted(high, key=lambda each: -each[1])


def _is_bad(dimension: Dimension | None, value: float) -> bool:
    return value > 1 if dimension is None else dimension.direction == "bad" and value > dimension.scale[0]


def audit_rows(log: EvalLog) -> list[AuditRow]:
    """The audits of a log, in its order; none if it holds others than audits."""
    audits: dict[SampleKey, list[Thing]] = {}
    for row in records(scores(log)):
        if row["scorer"] == SCORER:
            audits.setdefault(sample_key(row), []).append(row)
    return [_row(rows) for rows in audits.values()]


def _row(rows: Sequence[Thing]) -> AuditRow:
    """One audit, of what its judges scored."""
    first = rows[0]
    numbers = {row["name"]: row["value"] for row in rows if row["value"] is not None}
    return AuditRow(
        sample=first["id"] + (f" (epoch {first['epoch']})" if first["epoch"] > 1 else ""),
        ending=first["answer"] or "",
        turns=numbers.get("audit_turns", math.nan),
        scores={name.removeprefix(PREFIX): value for name, value in numbers.items() if name.startswith(PREFIX)},
        unscored=(first["reason"] or "").replace("_", " "),
    )


def as_audit_table(rows: list[AuditRow]) -> Table:
    """A row for each audit, with its highest scores on what is bad."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("audit", overflow="fold", ratio=3)
    table.add_column("ended", overflow="fold", ratio=2)
    table.add_column("turns", justify="right", no_wrap=True)
    table.add_column("what the judges saw", overflow="fold", ratio=4)
    for row in rows:
        turns = "-" if math.isnan(row.turns) else f"{row.turns:g}"
        table.add_row(*(Text(shown(cell)) for cell in (row.sample, row.ending, turns, _seen(row))))
    return table


def _seen(row: AuditRow) -> str:
    named = [f"{name} {value:g}" for name, value in row.seen]
    more = [f"{len(named) - MOST} more"] if len(named) > MOST else []
    found = ", ".join(named[:MOST] + more) or ("nothing bad" if row.scores else "")
    return "; ".join(filter(None, [found, row.unscored]))
