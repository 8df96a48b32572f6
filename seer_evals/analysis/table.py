"""The outcome of an evaluation, sample by sample."""

from dataclasses import dataclass
from pathlib import Path

from inspect_ai.log import EvalLog, EvalSample, list_eval_logs, read_eval_log
from rich.table import Table

WIDTH = 60
"""Characters of a verdict or truth that a table shows."""


@dataclass(frozen=True)
class Row:
    """One sample."""

    sample: str
    verdict: str
    truth: str
    right: str
    """`right`, `wrong`, `no report` or `error`."""
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
    samples = sorted(log.samples or [], key=lambda sample: (bool(sample.metadata.get("control")), str(sample.id), sample.epoch))
    return [_row(sample) for sample in samples]


def _row(sample: EvalSample) -> Row:
    scores = sample.scores or {}
    detection = scores["detection"] if "detection" in scores else None
    alias = scores["alias_match"].value if "alias_match" in scores else None
    return Row(
        sample=str(sample.id),
        verdict=str(detection.answer) if detection else "",
        truth="nothing to find" if sample.metadata.get("control") else str(sample.target),
        right=_right(sample),
        alias_match=float(alias["alias_match"]) if isinstance(alias, dict) and alias["alias_match"] is not None else None,
        seconds=sample.total_time or 0.0,
    )


def _right(sample: EvalSample) -> str:
    if sample.error is not None:
        return "error"
    value = sample.scores["detection"].value if sample.scores and "detection" in sample.scores else None
    if not isinstance(value, dict):
        return "unscored"
    if value["detection_no_report"]:
        return "no report"
    return "right" if value["detection_right"] else "wrong"


def as_table(rows: list[Row]) -> Table:
    """The rows for a terminal."""
    table = Table("sample", "verdict", "truth", "detection", "names it", "seconds", title="Investigations", title_justify="left")
    colours = {"right": "green", "wrong": "red"}
    for row in rows:
        match = "" if row.alias_match is None else f"{row.alias_match:.2f}"
        outcome = f"[{colours.get(row.right, 'yellow')}]{row.right}[/]"
        table.add_row(row.sample, _cut(row.verdict), _cut(row.truth), outcome, match, f"{row.seconds:.1f}")
    return table


def summary(log: EvalLog) -> list[str]:
    """The headline figures, one line each, with their intervals."""
    lines = []
    for score in log.results.scores if log.results else []:
        metrics = {name: metric.value for name, metric in score.metrics.items()}
        if score.name in ("detection_true_positive", "detection_false_positive") and "mean" in metrics:
            interval = f"95 % interval {metrics['ci_wilson_lower']:.2f} to {metrics['ci_wilson_upper']:.2f}"
            lines.append(f"{score.name.removeprefix('detection_').replace('_', ' ')} rate {metrics['mean']:.2f} ({interval})")
        if score.name == "detection_alarm":
            lines.append(f"Youden's J {metrics['youden_j']:.2f}")
        if score.name == "correctness" and score.unscored_samples:
            lines.append(f"correctness: {score.unscored_samples} of {score.unscored_samples + (score.scored_samples or 0)} unscored")
    return lines


def read(path: str | Path) -> tuple[str, EvalLog]:
    """The log at `path` (see `find_log`) and where it lies."""
    location = find_log(path)
    return location, read_eval_log(location, exclude_fields={"events", "attachments"})


def _cut(text: str) -> str:
    first = " ".join(text.split())
    return first if len(first) <= WIDTH else first[: WIDTH - 1] + "…"
