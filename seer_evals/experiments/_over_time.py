"""Several experiments side by side, in the order in which they were run: how far a project has come."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from seer_evals.experiments._climb import Climbing
from seer_evals.experiments._climbing import searched_in
from seer_evals.experiments._experiment import Experiment, ExperimentError
from seer_evals.experiments._figures import COLOURS, OTHER, begun, svg
from seer_evals.experiments._objective import results_of
from seer_evals.experiments._report import Written
from seer_evals.experiments._results import Arm, organism_of
from seer_evals.experiments._running import folder_of
from seer_evals.experiments._statistics import interval
from seer_evals.experiments._tables import Table
from seer_evals.experiments._verdict import Says, conclude
from seer_evals.intervals import Estimate


@dataclass(frozen=True)
class Point:
    """What came of one experiment.

    Attributes:
        name: The experiment's.
        date: When its first log was begun.
        scored: What it compares.
        first: The first arm, and its value over organisms.
        best: The arm with the best value.
        says: The rule's word on that arm; none where it is the first one itself.
        organisms: On which it was run.
    """

    name: str
    date: datetime
    scored: str
    first: tuple[str, Estimate]
    best: tuple[str, Estimate]
    says: Says | None


def write_over_time(experiments: Sequence[Experiment | Climbing], into: Path) -> Written:
    """What the logs of several experiments say, the earliest first.

    Args:
        experiments: At least one; of a climb, its proof counts.
        into: The folder in which their own are.

    Raises:
        ExperimentError: One of them has not been run.
    """
    points = sorted((_point(each, into) for each in experiments), key=lambda each: each.date)
    metrics = dict.fromkeys(each.scored for each in points)
    return Written(
        title="Experiments over time",
        question="How far have we come?",
        verdicts=[_in_words(each) for each in points],
        tables=[_table(points)],
        figures=[(f"{metric} over time, with intervals over organisms", _figure(metric, points)) for metric in metrics],
        rule=(
            "Each experiment is decided by its own rule, on its own organisms: where two have other organisms, a "
            "difference between them may be one of the organisms. The best arm of many looks better than it is."
        ),
    )


def _point(experiment: Experiment | Climbing, into: Path) -> Point:
    name = experiment.name
    if isinstance(experiment, Climbing):
        folder = into / name
        searched = searched_in(folder)
        if searched is None or not searched.winner:
            raise ExperimentError(f"{name}: no winner was held against the start, so there is nothing to show of it")
        experiment, into = experiment.proof(searched.winner, "", ""), folder
    rule, arms = experiment.verdict, results_of(experiment, into)
    values = {arm.name: _over_organisms(arm, rule.scored) for arm in arms}
    known = [name for name, value in values.items() if value.count]
    if not known or arms[0].name not in known:
        raise ExperimentError(f"{name}: nothing has run yet that has {rule.scored!r}; run it before the report")
    sign = 1 if rule.more_is_better else -1
    best = max(known, key=lambda each: sign * values[each].value)
    says = {each.arm: each.says for each in conclude(rule, arms)}
    first = arms[0].name
    begun_at = _begun_at(folder_of(experiment, into))
    return Point(name, begun_at, rule.scored, (first, values[first]), (best, values[best]), says.get(best))


def _over_organisms(arm: Arm, metric: str) -> Estimate:
    found: dict[str, list[float]] = {}
    for (_, id, _), values in arm.samples.items():
        if metric in values:
            found.setdefault(organism_of(id), []).append(values[metric])
    return interval([sum(each) / len(each) for each in found.values()])


def _begun_at(folder: Path) -> datetime:
    from inspect_ai.log import list_eval_logs, read_eval_log

    logs = [read_eval_log(each, header_only=True) for each in list_eval_logs(str(folder))]
    return min(datetime.fromisoformat(log.eval.created) for log in logs)


def _in_words(point: Point) -> str:
    begun_at, first, best = f"{point.date:%Y-%m-%d} {point.name}", point.first[0], point.best[0]
    if point.says is None:
        return f"{begun_at}: no arm stands above {first}."
    words = {"better": "is better than", "worse": "is worse than", "as good": "is as good as"}
    return f"{begun_at}: {best} {words.get(point.says, 'is not told apart from')} {first}."


def _table(points: Sequence[Point]) -> Table:
    rows = [
        [
            f"{each.date:%Y-%m-%d %H:%M}",
            each.name,
            each.scored,
            *(text for arm, value in (each.first, each.best) for text in (arm, _estimate(value))),
            str(each.first[1].count),
            each.says or "-",
        ]
        for each in points
    ]
    columns = (
        "begun",
        "experiment",
        "compares",
        "first arm",
        "its value",
        "best arm",
        "its value",
        "organisms",
        "says",
    )
    return Table("Side by side", columns, rows, "Values are means over organisms, with Student's interval.")


def _estimate(value: Estimate) -> str:
    return f"{value.value:.2f}" if math.isnan(value.low) else f"{value.value:.2f} [{value.low:.2f}, {value.high:.2f}]"


def _figure(metric: str, points: Sequence[Point]) -> str:
    """Of each experiment the first arm, hollow, and the best one, in the colour of what the rule says of it."""
    shown = [each for each in points if each.scored == metric]
    fig, axes = begun(3.2)
    for place, each in enumerate(shown):
        colour = COLOURS.get(each.says or "", OTHER)
        for shift, (_, value), fill in ((-0.08, each.first, "none"), (0.08, each.best, "full")):
            tint = OTHER if fill == "none" else colour
            if not math.isnan(value.low):
                axes.plot([place + shift] * 2, [value.low, value.high], color=tint, linewidth=1.5)
            axes.plot([place + shift], [value.value], "o", color=tint, fillstyle=fill)
    axes.set_xticks(range(len(shown)), [f"{each.name}\n{each.date:%Y-%m-%d}" for each in shown])
    axes.set_xlim(-0.5, len(shown) - 0.5)
    axes.set_ylabel(metric)
    axes.set_xlabel("hollow: the first arm; full: the best one, green where it is better by the rule")
    return svg(fig)
