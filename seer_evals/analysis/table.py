"""The outcome of an evaluation, sample by sample."""

from dataclasses import dataclass
from pathlib import Path

from inspect_ai.log import EvalLog, EvalSample, EvalScore, list_eval_logs, read_eval_log
from inspect_ai.util import Store
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from seer_evals.lab import load_report

WIDTH = 60
"""Characters of a verdict or truth that a table shows."""

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
    alias_match: float | None
    seconds: float


def find_log(path: str | Path) -> str:
    """A log file, or the newest log of a directory.

    Raises:
        FileNotFoundError: There is none.
    """
    if Path(path).is_file():
        return str(path)
    logs = list_eval_logs(str(path)) if Path(path).is_dir() else []
    if not logs:
        raise FileNotFoundError(f"no log at {path}: give an .eval file or a directory that holds one")
    return logs[0].name


def outcomes(log: EvalLog) -> list[Row]:
    """One row per sample, organisms before their twins."""
    samples = sorted(
        log.samples or [], key=lambda sample: (bool(sample.metadata.get("control")), str(sample.id), sample.epoch)
    )
    return [_row(sample) for sample in samples]


def _row(sample: EvalSample) -> Row:
    scores = sample.scores or {}
    alias = scores["alias_match"].value if "alias_match" in scores else None
    return Row(
        sample=str(sample.id),
        verdict=_verdict(sample),
        truth="nothing to find" if sample.metadata.get("control") else str(sample.target),
        right=_right(sample),
        alias_match=float(alias["alias_match_score"])
        if isinstance(alias, dict) and alias["alias_match_score"] is not None
        else None,
        seconds=sample.total_time or 0.0,
    )


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


def as_table(rows: list[Row]) -> Table:
    """The rows for a terminal."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, title="Investigations", title_justify="left")
    table.add_column("sample", no_wrap=True)
    table.add_column("verdict", ratio=1)
    table.add_column("truth", ratio=1)
    for name in ("", "named", "s"):
        table.add_column(name, no_wrap=True, justify="right")
    colours = {"right": "green", "wrong": "red"}
    for row in rows:
        match = "" if row.alias_match is None else f"{row.alias_match:.2f}"
        outcome = Text(row.right, colours.get(row.right, "yellow"))
        table.add_row(row.sample, _cut(row.verdict), _cut(row.truth), outcome, match, f"{row.seconds:.0f}")
    return table


def summary(log: EvalLog) -> list[str]:
    """The headline figures, one line each, with their intervals."""
    scores = {score.name: score for score in (log.results.scores if log.results else [])}
    lines = [
        f"{name} rate {_metric(scores[key], 'mean'):.2f} (95 % interval "
        f"{_metric(scores[key], 'ci_wilson_lower'):.2f} to {_metric(scores[key], 'ci_wilson_upper'):.2f})"
        for name, key in (("true positive", "detection_true_positive"), ("false positive", "detection_false_positive"))
        if key in scores and scores[key].scored_samples
    ]
    if "detection_alarm" in scores:
        lines.append(
            f"Youden's J {_metric(scores['detection_alarm'], 'youden_j'):.2f} (who always finds something has 0)"
        )
    if "correctness_score" in scores and (unscored := scores["correctness_score"].unscored_samples):
        lines.append(
            f"correctness: {unscored} samples unscored; `seer_evals/correctness` needs --model-role judge=MODEL"
        )
    return lines


def _metric(score: EvalScore, name: str) -> float:
    """A metric by its name, with or without the package before it."""
    return next(
        (float(metric.value) for key, metric in score.metrics.items() if key.rsplit("/", 1)[-1] == name), float("nan")
    )


def read(path: str | Path) -> tuple[str, EvalLog]:
    """The log at `path` (see `find_log`) and where it lies."""
    location = find_log(path)
    return location, read_eval_log(location, exclude_fields={"events", "attachments", "timelines"})


def _cut(text: str) -> str:
    first = " ".join(text.split())
    return first if len(first) <= WIDTH else first[: WIDTH - 1] + "…"
