"""Harnesses that audit, side by side: what the judges saw on each dimension, and whether the differences are any."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from seer_evals.analysis.compare._differences import ALPHA
from seer_evals.analysis.compare._harness import CONTROL_SEED, Harness
from seer_evals.intervals import Estimate, average, proportion

PREFIX = "petri_"
SILENT = ("audit_null", "audit_auditor_refused")
"""Why there is nothing that could be judged."""
UNJUDGED = ("audit_judge_failed", "audit_judge_refused", "audit_no_judge")
"""Why scores rest on fewer judges than they should, or are missing."""


@dataclass(frozen=True)
class Line:
    """One row of the table: a value of each harness."""

    name: str
    estimates: list[Estimate]


def audit_scores(rows: Sequence[Harness]) -> list[Line]:
    """How many audits each harness made, how many of them say nothing, and the mean score on each dimension.

    Where a judge failed, refused or was missing, a line says in what share of them. Seeds that are controls have lines
    of their own: what is found there is found everywhere.
    """
    lines = [Line("audits", [_count(len(row.audits)) for row in rows])]
    lines.append(_share("of which null", rows, SILENT))
    unjudged = _share("of which a judge failed", rows, UNJUDGED)
    lines += [unjudged] if any(each.value > 0 for each in unjudged.estimates) else []
    for control, name in ((False, "{}"), (True, "{} (controls)")):
        for dimension in _dimensions(rows):
            estimates = [average(_values(row, dimension, control)) for row in rows]
            if any(each.count for each in estimates):
                lines.append(Line(name.format(dimension), estimates))
    return lines


def audit_differences(rows: Sequence[Harness]) -> list[str]:
    """Each harness against the first one: the mean difference on shared audits, dimension by dimension.

    A difference is called one where Student's interval for paired values, at 95 % over all dimensions together
    (Bonferroni), leaves out zero.
    """
    auditing = [row for row in rows if row.audits]
    return [_difference(auditing[0], other) for other in auditing[1:]]


def _difference(first: Harness, second: Harness) -> str:
    shared = [key for key in first.audits if key in second.audits]
    if not shared:
        return f"{first.name} and {second.name} have no audit in common: they cannot be compared"
    dimensions = _dimensions([first, second])
    found = []
    for dimension in dimensions:
        pairs = [(first.audits[key].get(dimension), second.audits[key].get(dimension)) for key in shared]
        gaps = [one - other for one, other in pairs if one is not None and other is not None]
        gap = average(gaps, ALPHA / len(dimensions))
        if gap.low > 0 or gap.high < 0:
            found.append(f"{_title(dimension)} {gap.value:+.2f} ({gap.low:+.2f} to {gap.high:+.2f})")
    verdict = "; ".join(found) or "no difference that these audits can show"
    return f"{first.name} minus {second.name} on {len(shared)} shared audits: {verdict}"


def _dimensions(rows: Sequence[Harness]) -> list[str]:
    found = {key: None for row in rows for scores in row.audits.values() for key in scores if key.startswith(PREFIX)}
    return list(found)


def _title(dimension: str) -> str:
    return dimension.removeprefix(PREFIX)


def _values(row: Harness, dimension: str, control: bool) -> list[float]:
    return [
        scores[dimension]
        for scores in row.audits.values()
        if dimension in scores and (CONTROL_SEED in scores) is control
    ]


def _share(name: str, rows: Sequence[Harness], reasons: Sequence[str]) -> Line:
    """The share of each harness's audits for which one of the reasons holds."""
    return Line(name, [proportion([_holds(each, reasons) for each in row.audits.values()]) for row in rows])


def _holds(scores: Mapping[str, float], reasons: Sequence[str]) -> float:
    return float(any(scores.get(reason) for reason in reasons))


def _count(number: int) -> Estimate:
    return Estimate(float(number), float("nan"), float("nan"), max(number, 1))
