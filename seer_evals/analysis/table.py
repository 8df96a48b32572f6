"""The outcome of an evaluation, sample by sample."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from inspect_ai.log import EvalLog, EvalSample, EvalScore
from inspect_ai.util import Store
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from seer_evals.analysis.logs import logs_at, read_log
from seer_evals.intervals import wilson
from seer_evals.lab import load_report
from seer_evals.organisms.truth import is_control

WIDTH, LEAST = 60, 12
"""Characters of a verdict or truth that a table shows, at most and however narrow the terminal is."""
GAP, OTHERS = 2, 21
"""Characters that a column of figures takes beside its name, and all that is neither that nor an id nor words."""

COLUMNS = {
    "correct": "correctness_score",
    "named": "alias_match_score",
    "fidelity": "fidelity_overall",
    "figures": "fidelity_figures",
}
"""Column -> the figure that it shows."""
VERDICTS = {"detection": "detection_right", "fidelity": "fidelity_verdict"}
"""Scorer -> its value that says whether the report's verdict is right."""


@dataclass(frozen=True)
class Row:
    """One sample."""

    sample: str
    verdict: str
    truth: str
    right: str
    """`right`, `wrong`, `no report`, `unscored` or `error`."""
    scores: Mapping[str, float]
    """By column of `COLUMNS`; what there is none of is missing."""
    seconds: float


def find_log(path: str | Path) -> str:
    """A log file, or the newest log of a directory.

    Raises:
        FileNotFoundError: There is none.
    """
    logs = logs_at(path)
    if not logs:
        raise FileNotFoundError(f"no log at {path}: give an .eval file or a directory that holds one")
    return logs[0]


def outcomes(log: EvalLog) -> list[Row]:
    """One row per sample, organisms before their twins."""
    samples = sorted(log.samples or [], key=lambda sample: (is_control(sample.metadata), str(sample.id), sample.epoch))
    return [_row(sample) for sample in samples]


def _row(sample: EvalSample) -> Row:
    values = _values(sample)
    return Row(
        sample=str(sample.id),
        verdict=_verdict(sample),
        truth="nothing to find" if is_control(sample.metadata) else str(sample.target),
        right=_right(sample),
        scores={column: values[key] for column, key in COLUMNS.items() if key in values},
        seconds=sample.total_time or 0.0,
    )


def _values(sample: EvalSample) -> dict[str, float]:
    """Every figure of every scorer that is one."""
    dictionaries = [score.value for score in (sample.scores or {}).values() if isinstance(score.value, dict)]
    figures = {name: value for each in dictionaries for name, value in each.items() if isinstance(value, int | float)}
    return {name: float(value) for name, value in figures.items() if not math.isnan(value)}


def _verdict(sample: EvalSample) -> str:
    """The report's first claim, or that there is none."""
    report = load_report(Store(sample.store))
    if report is None:
        return "no report"
    return report.claims[0].claim if report.claims else "nothing unusual"


def _right(sample: EvalSample) -> str:
    if sample.error is not None:
        return "error"
    for scorer, verdict in VERDICTS.items():
        score = (sample.scores or {}).get(scorer)
        value = score.value if score else None
        if isinstance(value, dict) and value.get(f"{scorer}_no_report"):
            return "no report"
        if isinstance(value, dict) and value.get(verdict) in (0, 1):
            return "right" if value[verdict] else "wrong"
    return "unscored"


def as_table(rows: list[Row], width: int = 80) -> Table:
    """The rows for a terminal: two lines each, what was reported and below it the truth.

    Args:
        rows: Of `outcomes`.
        width: Characters of the terminal.
    """
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), title="Investigations", title_justify="left")
    columns = _columns(rows)
    ids = max((len(row.sample) for row in rows), default=6)
    room = width - ids - sum(len(name) + GAP for name in columns) - OTHERS
    for name in ("sample", "reported, truth"):
        table.add_column(name, no_wrap=True)
    for name in ("verdict", *columns, "s"):
        table.add_column(name, no_wrap=True, justify="right")
    colours = {"right": "green", "wrong": "red"}
    for row in rows:
        outcome = Text(row.right, colours.get(row.right, "yellow"))
        figures = [f"{row.scores[name]:.2f}" if name in row.scores else "" for name in columns]
        said = f"{_cut(row.verdict, room)}\n{_cut(row.truth, room)}"
        table.add_row(row.sample, said, outcome, *figures, f"{row.seconds:.0f}")
    return table


def _columns(rows: Sequence[Row]) -> list[str]:
    """The columns of which any row has a figure; what names decide is left out where a judge decided."""
    found = [name for name in COLUMNS if any(name in row.scores for row in rows)]
    return [name for name in found if name != "named" or "correct" not in found]


def summary(log: EvalLog) -> list[str]:
    """The headline figures, one line each, with their intervals."""
    scores = {score.name: score for score in (log.results.scores if log.results else [])}
    lines = [
        f"{name} rate {_metric(scores[key], 'mean'):.2f}{_interval(scores[key])}"
        for name, key in (("true positive", "detection_true_positive"), ("false positive", "detection_false_positive"))
        if key in scores and scores[key].scored_samples
    ]
    if "detection_alarm" in scores:
        lines.append(
            f"Youden's J {_metric(scores['detection_alarm'], 'youden_j'):.2f} (who always finds something has 0)"
        )
    return [*lines, *_unjudged(log)]


def _interval(score: EvalScore) -> str:
    """The interval in words; one sample has none."""
    count = score.scored_samples or 0
    if count < 2:
        return " (one sample)"
    low, high = wilson(_metric(score, "mean") * count, count)
    return f" (95 % interval {low:.2f} to {high:.2f})"


def _unjudged(log: EvalLog) -> list[str]:
    """How many samples have no judged correctness, by reason."""
    values = [_values(sample) for sample in log.samples or []]
    missing, failed = (
        int(sum(each.get(f"correctness_{reason}", 0) for each in values)) for reason in ("no_judge", "judge_failed")
    )
    lines = [f"correctness: {missing} samples have no judge; bind one with --model-role judge=MODEL"] if missing else []
    lines += [f"correctness: the judge failed on {failed} samples; why is in their explanations"] if failed else []
    return lines


def _metric(score: EvalScore, name: str) -> float:
    """A metric by its name, with or without the package before it."""
    return next(
        (float(metric.value) for key, metric in score.metrics.items() if key.rsplit("/", 1)[-1] == name), float("nan")
    )


def read(path: str | Path) -> tuple[str, EvalLog]:
    """The log at `path` (see `find_log`) and where it lies.

    Raises:
        NoLog: What lies there is none.
    """
    location = find_log(path)
    return location, read_log(location, exclude_fields={"events", "attachments", "timelines"})


def _cut(text: str, room: int) -> str:
    first, most = " ".join(text.split()), min(WIDTH, max(room, LEAST))
    return first if len(first) <= most else first[: most - 1] + "…"
