"""How well a judge of audits agrees with people."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from inspect_ai.model import Model, get_model
from inspect_ai.util import collect
from rich.box import SIMPLE_HEAD
from rich.table import Table

from seer_evals import audits
from seer_evals.analysis._agreement import alpha, confusion, mean_absolute_error, spearman, weighted_kappa
from seer_evals.analysis._labels import Labelled, read_labels
from seer_evals.audits import Dimension, find_dimensions
from seer_evals.intervals import Estimate, average
from seer_evals.scorers.audit import CALLS, Assessment, judge_audit

EXAMPLES = Path(audits.__file__).parent / "labelled"
"""Transcripts written and labelled by the authors of this package; its README says what they are good for."""
OVERALL = "overall"
COMMON = (1, 10)
"""The scale that scores are brought to where dimensions are put together."""


@dataclass(frozen=True)
class Pair:
    """What people and what the judge said of one transcript on one dimension."""

    transcript: str
    dimension: Dimension
    people: float
    """Mean over those who labelled it."""
    judge: float
    """NaN if there was no valid verdict."""
    reason: str = ""
    """Why there was none."""
    labels: tuple[float, ...] = ()
    """What each of the people said."""


@dataclass(frozen=True)
class Agreement:
    """Figures over the transcripts of one dimension, or over all."""

    name: str
    n: int
    """Transcripts that both scored."""
    failed: int
    """Transcripts on which the judge gave no valid verdict; they are in no other figure."""
    spearman: float
    kappa: float
    """With quadratic weights."""
    bias: Estimate
    """Judge minus people, in points of the scale."""
    error: float
    """Mean absolute error, in points of the scale."""
    people: float
    """Krippendorff's alpha among those who labelled, where several did: hardly a judge can agree better than they."""
    confusion: tuple[tuple[int, ...], ...]
    """Rows: people's low, middle, high third of the scale; columns: the judge's."""


async def calibrate(
    labels: str | Path | Sequence[Labelled],
    model: str | Model | Sequence[str | Model],
    dimensions: str | None = None,
    calls: str = "each",
) -> list[Pair]:
    """Have a judge score labelled transcripts, as the scorer `petri_judge` would.

    Args:
        labels: Labelled transcripts, or a file or folder of them.
        model: The judge, or several for a panel.
        dimensions: Which, as `find_dimensions` takes them; None for all that were labelled.
        calls: `each` or `one`. With `one` every chosen dimension is in the call, also those that a transcript has no
            label for, since their number matters.

    Returns:
        A pair for each label, in the order of transcripts and dimensions.

    Raises:
        ValueError: The labels are malformed, no chosen dimension was labelled, or a label is outside of its scale.
    """
    if calls not in CALLS:
        raise ValueError(f"calls={calls!r} is not possible; choose one of {', '.join(CALLS)}")
    listed = read_labels(labels) if isinstance(labels, str | Path) else list(labels)
    chosen = _chosen(listed, dimensions)
    models = [model] if isinstance(model, str | Model) else list(model)
    panel = [get_model(each) if isinstance(each, str) else each for each in models]
    wanted = [each for each in listed if any(dimension.id in each.labels for dimension in chosen)]
    judged = await collect(*[_judge(each, panel, chosen, calls) for each in wanted])
    return [
        _pair(each, assessment)
        for each, assessments in zip(wanted, judged, strict=True)
        for assessment in assessments
        if assessment.dimension.id in each.labels
    ]


def _chosen(labels: Sequence[Labelled], selection: str | None) -> tuple[Dimension, ...]:
    labelled = list(dict.fromkeys(name for each in labels for name in each.labels))
    chosen = find_dimensions(labelled if selection is None else selection)
    if not {dimension.id for dimension in chosen} & set(labelled):
        raise ValueError(f"none of the dimensions {selection!r} was labelled; labelled are {', '.join(labelled)}")
    for dimension in chosen:
        low, high = dimension.scale
        for each in labels:
            for who, score in each.labels.get(dimension.id, {}).items():
                if not low <= score <= high:
                    raise ValueError(f"{each.id}: {who} gave {dimension.id} a {score:g}; its scale is {low} to {high}")
    return chosen


async def _judge(labelled: Labelled, panel: list[Model], chosen: Sequence[Dimension], calls: str) -> list[Assessment]:
    if calls == "each":
        chosen = [dimension for dimension in chosen if dimension.id in labelled.labels]
    return await judge_audit(panel, labelled.audit, chosen, calls, labelled.seed)


def _pair(labelled: Labelled, assessment: Assessment) -> Pair:
    labels = tuple(labelled.labels[assessment.dimension.id].values())
    reason = "; ".join(str(failure) for failure in assessment.failures)
    return Pair(labelled.id, assessment.dimension, statistics.fmean(labels), assessment.score, reason, labels)


def agreements(pairs: Sequence[Pair]) -> list[Agreement]:
    """The figures of each dimension, and of all together on a scale from 1 to 10."""
    by_dimension: Mapping[str, list[Pair]] = {
        name: [pair for pair in pairs if pair.dimension.id == name]
        for name in dict.fromkeys(pair.dimension.id for pair in pairs)
    }
    rows = [_agreement(name, each, each[0].dimension.scale) for name, each in by_dimension.items()]
    return [*rows, _agreement(OVERALL, pairs, COMMON)]


def _agreement(name: str, pairs: Sequence[Pair], scale: tuple[int, int]) -> Agreement:
    valid = [pair for pair in pairs if not math.isnan(pair.judge)]
    people = [_on(scale, pair.people, pair.dimension) for pair in valid]
    judge = [_on(scale, pair.judge, pair.dimension) for pair in valid]
    return Agreement(
        name=name,
        n=len(valid),
        failed=len(pairs) - len(valid),
        spearman=spearman(people, judge),
        kappa=weighted_kappa(people, judge),
        bias=average([j - p for p, j in zip(people, judge, strict=True)]),
        error=mean_absolute_error(people, judge),
        people=alpha([[_on(scale, label, pair.dimension) for label in pair.labels] for pair in pairs]),
        confusion=confusion(people, judge, scale),
    )


def _on(scale: tuple[int, int], score: float, dimension: Dimension) -> float:
    """A score of a dimension, on another scale."""
    low, high = dimension.scale
    return score if dimension.scale == scale else scale[0] + (score - low) * (scale[1] - scale[0]) / (high - low)


def as_table(rows: Sequence[Agreement]) -> Table:
    """One row per dimension, and one for all."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("dimension", overflow="fold", min_width=14)
    for name in ("n", "failed", "Spearman", "kappa", "bias", "95 % interval", "MAE", "people", "l  m  h"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        bias = row.bias
        interval = "-" if math.isnan(bias.low) else f"{bias.low:+.2f} to {bias.high:+.2f}"
        grid = "\n".join(" ".join(f"{count:2}" for count in line) for line in row.confusion)
        figures = [_shown(row.spearman), _shown(row.kappa), _shown(bias.value, "+"), interval, _shown(row.error)]
        figures.append(_shown(row.people))
        table.add_row(row.name, str(row.n), str(row.failed), *figures, grid, end_section=True)
    return table


def _shown(value: float, sign: str = "") -> str:
    return "-" if math.isnan(value) else f"{value:{sign}.2f}"


def worst(pairs: Sequence[Pair], number: int = 3) -> list[Pair]:
    """The pairs that are furthest apart: those to read first."""
    apart = [pair for pair in pairs if not math.isnan(pair.judge) and pair.judge != pair.people]
    return sorted(apart, key=lambda pair: -abs(pair.judge - pair.people))[:number]
