"""The tables of a report."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from seer_evals.experiments._results import COST, SECONDS, TOKENS, Arm, organism_of
from seer_evals.experiments._skills import Gap, Worth
from seer_evals.experiments._statistics import interval
from seer_evals.experiments._verdict import Comparison
from seer_evals.intervals import Estimate, proportion

MOST_ORGANISMS = 60
"""Rows of the table by organism."""


@dataclass(frozen=True)
class Table:
    """A heading, a line above it, and text in cells."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


def arms_table(metric: str, arms: Sequence[Arm], beaten: Mapping[str, str]) -> Table:
    """What came of each arm, and what it cost."""
    rows = []
    for arm in arms:
        by_organism: dict[str, list[float]] = {}
        for key, values in arm.samples.items():
            if metric in values:
                by_organism.setdefault(organism_of(key[1]), []).append(values[metric])
        value = interval([sum(each) / len(each) for each in by_organism.values()])
        found, alarms = (proportion(arm.values(f"detection_{name}_positive")) for name in ("true", "false"))
        rows.append(
            [
                arm.name,
                str(len(arm.samples)),
                *map(_estimate, (value, found, alarms)),
                _number(arm.total(COST)),
                _number(_per_success(metric, arm)),
                _number(_mean(arm.values(TOKENS))),
                _number(_mean(arm.values(SECONDS))),
                f"by {beaten[arm.name]}" if arm.name in beaten else "",
            ]
        )
    columns = ("arm", "n", metric, "found", "false alarms", "dollars", "a success", "tokens", "seconds", "beaten")
    note = (
        "Found and false alarms: shares of organisms and of clean twins in which something was reported. "
        "A success: all dollars divided by all that is right."
    )
    return Table("What came of each arm", columns, rows, note)


def _per_success(metric: str, arm: Arm) -> float | None:
    total, successes = arm.total(COST), sum(arm.values(metric))
    return total / successes if total is not None and successes else None


def differences_table(first: str, found: Sequence[Comparison]) -> Table:
    """Each arm against the first one."""
    rows = [
        [
            each.arm,
            _estimate(each.difference),
            f"{each.difference.count} ({each.samples})",
            f"{each.p:.3g}",
            f"{each.adjusted:.3g}",
            f"{each.least_p:.2g}",
            "-" if each.discordant is None else f"{each.discordant[0]} and {each.discordant[1]}",
            "-" if each.mcnemar_p is None else f"{each.mcnemar_p:.3g}",
            each.says,
        ]
        for each in found
    ]
    columns = (
        "arm",
        f"minus {first}",
        "organisms (pairs)",
        "p",
        "Holm",
        "p at least",
        "alone right",
        "McNemar",
        "says",
    )
    note = (
        "p at least: what the test can give with so many organisms. Alone right: the first arm, this arm. "
        "McNemar takes samples as independent."
    )
    return Table("Differences on the same samples", columns, rows, note)


def organisms_table(metric: str, arms: Sequence[Arm]) -> Table:
    """The metric of each organism, its twin included, in each arm."""
    found: dict[str, dict[str, list[float]]] = {}
    for arm in arms:
        for key, values in arm.samples.items():
            if metric in values:
                found.setdefault(organism_of(key[1]), {}).setdefault(arm.name, []).append(values[metric])
    rows = [
        [organism, *(_number(_mean(each.get(arm.name, []))) for arm in arms)]
        for organism, each in sorted(found.items())[:MOST_ORGANISMS]
    ]
    more = f"{len(found) - MOST_ORGANISMS} more are not shown." if len(found) > MOST_ORGANISMS else ""
    return Table(f"{metric} by organism", ("organism", *(arm.name for arm in arms)), rows, more)


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _estimate(each: Estimate) -> str:
    if not each.count:
        return "-"
    return f"{each.value:.2f}" if math.isnan(each.low) else f"{each.value:.2f} [{each.low:.2f}, {each.high:.2f}]"


def worths_table(found: Sequence[Worth]) -> Table:
    """What each entry of a list is worth."""
    rows = [[each.entry, each.place, _estimate(each.alone), _estimate(each.added)] for each in found]
    note = (
        "Alone: by itself, minus none. Added: all of them, minus all but it. Both on the same samples, with Student's "
        "interval over organisms; neither is a claim of the rule's."
    )
    return Table("What each is worth", ("", "place", "alone", "added"), rows, note)


def gaps_table(found: Sequence[Gap]) -> Table:
    """What the tools of an agent show by themselves, and what it makes of them."""
    rows = [
        [each.arm, ", ".join(each.tools), *map(_estimate, (each.shown, each.right, each.missed, each.called))]
        for each in found
    ]
    note = (
        "Of organisms, without their twins. Shown: one of its tools is right alone, by that technique's own rule. "
        "Missed: shown, and the agent is not right. Called: samples, twins included, in which it called one of them, "
        "where that can be seen."
    )
    return Table("From the tool to the agent", ("agent", "tools", "shown", "right", "missed", "called"), rows, note)
