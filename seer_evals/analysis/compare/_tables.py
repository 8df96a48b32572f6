"""The comparison of harnesses as tables for a terminal."""

import math
from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table

from seer_evals.analysis.compare._audits import audit_scores
from seer_evals.analysis.compare._harness import Harness
from seer_evals.intervals import Estimate, average, within

_OUTCOMES = {"correct": "correctness_score", "named": "alias_match_score", "fidelity": "fidelity_overall"}
_COSTS = {"turns": "process_turns", "tokens": "tokens", "dollars": "process_cost", "seconds": "seconds"}
"""Column -> value of a sample that it is the mean of."""


def as_tables(rows: Sequence[Harness]) -> list[Table]:
    """What each harness found in investigations, what judges saw in audits, and what it took.

    Each figure is above its interval of 95 %. A table without rows is left out.
    """
    investigating = [row for row in rows if row.investigations]
    auditing = [row for row in rows if row.audits]
    found = [_outcomes(investigating)] if investigating else []
    return [*found, *([_audits(auditing)] if auditing else []), _took(rows)]


def _outcomes(rows: Sequence[Harness]) -> Table:
    table = _table("What they found")
    outcomes = {name: key for name, key in _OUTCOMES.items() if any(row.values(key) for row in rows)}
    if all(row.values(_OUTCOMES["correct"]) for row in rows):
        outcomes.pop("named", None)  # what names decide is no headline beside a judge
    for name in ("n", "organisms", "twins", "J", *outcomes, "no report"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        rates = [row.true_positives, row.false_positives, row.youden_j]
        means = [within(average(row.values(key)), 0, 1) for key in outcomes.values()]
        cells = [shown(each) for each in (*rates, *means)]
        table.add_row(row.name, str(len(row.investigations)), *cells, str(row.without_report))
    return table


def _took(rows: Sequence[Harness]) -> Table:
    table = _table("What it took")
    for name in _COSTS:
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(row.name, *(shown(within(average(row.values(key)), 0, math.inf)) for key in _COSTS.values()))
    return table


def _audits(rows: Sequence[Harness]) -> Table:
    """A row for each dimension, and a column for each harness; on controls apart, where there are any."""
    table = _table("What the judges saw", "dimension")
    for row in rows:
        table.add_column(row.name, justify="right", overflow="fold")
    for line in audit_scores(rows):
        table.add_row(line.name, *(shown(each) for each in line.estimates))
    return table


def _table(title: str, first: str = "harness") -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), title=title, title_justify="left")
    table.add_column(first, overflow="fold", min_width=14)
    return table


def shown(estimate: Estimate) -> str:
    """A figure and its interval in a table's cell."""
    if not estimate.count:
        return "-"
    value = _number(estimate.value)
    if math.isnan(estimate.low) or estimate.count < 2:
        return value
    return f"{value}\n{_number(estimate.low)}–{_number(estimate.high)}"


def _number(value: float) -> str:
    if value == 0:
        return "0"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.2f}"
