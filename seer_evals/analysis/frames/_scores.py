"""What scorers said, figure by figure."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from inspect_ai.log import EvalLog, EvalSample
from inspect_ai.scorer import Score

from seer_evals.analysis.frames._rows import Thing, of_logs, records, rows

if TYPE_CHECKING:
    import pandas as pd

SampleKey = tuple[str, str, str, int]
"""Log, evaluation, sample id and epoch."""


@of_logs
def scores(log: EvalLog) -> list[Thing]:
    """One row for each figure of each scorer; a sample that nobody scored has none."""
    return rows(log, _figures)


def figures_of(found: "pd.DataFrame") -> dict[SampleKey, dict[str, float]]:
    """Of a frame of scores, the figures of each sample by name; those that have no value are missing."""
    figures: dict[SampleKey, dict[str, float]] = {}
    for row in records(found):
        own = figures.setdefault(sample_key(row), {})
        if row["value"] is not None:
            own[row["name"]] = row["value"]
    return figures


def sample_key(row: Thing) -> SampleKey:
    """Which sample a row of a frame belongs to."""
    return row["log"], row["eval_id"], row["id"], row["epoch"]


def _figures(sample: EvalSample) -> Iterator[Thing]:
    for scorer, score in (sample.scores or {}).items():
        for name, value in _values(scorer, score).items():
            number = float(value) if isinstance(value, int | float) else None
            said = {"text": _text(value)} if number is None else {"value": number}
            why = {"reason": score.reason, "answer": _text(score.answer), "explanation": score.explanation}
            yield {"scorer": scorer, "name": name, **said, **why}


def _values(scorer: str, score: Score) -> dict[str, Any]:
    """The figures of a score; a scorer that gives none has one row as well."""
    if isinstance(score.value, dict):
        return score.value or {scorer: None}
    return {scorer: score.value}


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)
