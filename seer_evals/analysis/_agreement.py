"""How well two lists of scores agree, where one is what people said."""

import math
import statistics
from collections.abc import Sequence
from typing import cast

from inspect_ai.scorer import MetricProtocol, SampleScore, Score, krippendorff_alpha

BINS = ("low", "middle", "high")


def spearman(first: Sequence[float], second: Sequence[float]) -> float:
    """Spearman's rank correlation, ties with their mean rank; NaN below two pairs or if one list has a single value."""
    if len(first) < 2 or len(set(first)) == 1 or len(set(second)) == 1:
        return math.nan
    return statistics.correlation(ranks(first), ranks(second))


def ranks(values: Sequence[float]) -> list[float]:
    """The rank of each value from 1; equal values share the mean of their ranks."""
    ordered = sorted(values)
    return [ordered.index(value) + (ordered.count(value) + 1) / 2 for value in values]


def weighted_kappa(first: Sequence[float], second: Sequence[float]) -> float:
    """Cohen's kappa with quadratic weights (Cohen 1968).

    With these weights it is 1 minus the mean squared difference of the pairs over that of all combinations, which
    needs no categories, so that means of several people can be put in. NaN without pairs, or where all scores are one.
    """
    expected = [(a - b) ** 2 for a in first for b in second]
    if not any(expected):
        return math.nan
    observed = [(a - b) ** 2 for a, b in zip(first, second, strict=True)]
    return 1 - statistics.fmean(observed) / statistics.fmean(expected)


def alpha(units: Sequence[Sequence[float]]) -> float:
    """Krippendorff's alpha on an interval scale, over units that several people scored; NaN if there are none."""
    scores = [SampleScore(score=Score(value=list(unit))) for unit in units if len(unit) > 1]
    return float(cast(float, cast(MetricProtocol, krippendorff_alpha(level="interval"))(scores)))


def mean_absolute_error(first: Sequence[float], second: Sequence[float]) -> float:
    """Mean distance between the members of a pair; NaN for none."""
    distances = [abs(a - b) for a, b in zip(first, second, strict=True)]
    return statistics.fmean(distances) if distances else math.nan


def binned(score: float, scale: tuple[int, int]) -> int:
    """The third of a scale that a score lies in, as an index of `BINS`: of 1 to 10, below 4, below 7, and above."""
    low, high = scale
    return min(2, int(3 * (score - low) / (high - low)))


def confusion(people: Sequence[float], judge: Sequence[float], scale: tuple[int, int]) -> tuple[tuple[int, ...], ...]:
    """Counts of pairs: a row for each third of the scale that people chose, a column for each that the judge chose."""
    pairs = [(binned(p, scale), binned(j, scale)) for p, j in zip(people, judge, strict=True)]
    return tuple(tuple(pairs.count((row, column)) for column in range(3)) for row in range(3))
