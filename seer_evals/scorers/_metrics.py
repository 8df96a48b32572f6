"""Metrics that Inspect does not ship."""

import math
from collections import defaultdict

from inspect_ai.scorer import Metric, SampleScore, Score, Value, krippendorff_alpha, metric

from seer_evals.intervals import average, proportion, within
from seer_evals.organisms.truth import is_control


@metric
def interval(low: float | None = None, high: float | None = None) -> Metric:
    """Student's interval of 95 % for a mean, within what a value can be; of fewer than two values there is none.

    Inspect's `ci` gives one value an interval of no width, and shares limits above 1.

    Args:
        low: The least that a value can be, if there is one.
        high: The most.
    """
    bounds = (-math.inf if low is None else low, math.inf if high is None else high)

    def compute(scores: list[SampleScore]) -> Value:
        found = within(average([score.score.as_float() for score in scores]), *bounds)
        return {"lower": found.low, "upper": found.high} if found.count > 1 else {}

    return compute


@metric
def rate_interval() -> Metric:
    """Wilson's interval of 95 % for a share of zeros and ones; of fewer than two there is none.

    Student's would have no width where all are alike, and Inspect's `ci_wilson` gives one sample an interval.
    """

    def compute(scores: list[SampleScore]) -> Value:
        found = proportion([score.score.as_float() for score in scores])
        return {"lower": found.low, "upper": found.high} if found.count > 1 else {}

    return compute


@metric
def total() -> Metric:
    """Number of samples for which a 0/1 value is 1."""

    def compute(scores: list[SampleScore]) -> Value:
        return sum(score.score.as_float() for score in scores)

    return compute


PANEL_KEY = "panel"
"""Score metadata: per dimension, the score that each judge gave."""


@metric(scores="unreduced")
def panel_alpha() -> Metric:
    """Krippendorff's alpha of a panel of judges, for each dimension: 1 is agreement, 0 what chance would give.

    Scores are taken as an interval scale, since a panel's scores are averaged; every epoch counts by itself. The
    scores of the judges are read from the metadata. Dimensions that no two judges scored have none.
    """

    def compute(scores: list[SampleScore]) -> Value:
        units: dict[str, list[SampleScore]] = defaultdict(list)
        for score in scores:
            for dimension, ratings in ((score.score.metadata or {}).get(PANEL_KEY) or {}).items():
                if len(ratings) > 1:
                    units[dimension].append(SampleScore(score=Score(value=list(ratings))))
        return {dimension: _alpha(each) for dimension, each in units.items()}

    return compute


def _alpha(units: list[SampleScore]) -> float:
    alpha = krippendorff_alpha(level="interval")(units)  # type: ignore[arg-type]
    return float(alpha) if isinstance(alpha, int | float) else float("nan")


@metric
def youden_j() -> Metric:
    """True-positive rate minus false-positive rate (Youden 1950); 0 for whoever always, or never, finds something.

    The values are alarms (0 or 1); which samples are controls is read from their metadata. Without organisms or
    without controls it is not defined (NaN).
    """

    def compute(scores: list[SampleScore]) -> Value:
        rates = []
        for control in (False, True):
            alarms = [s.score.as_float() for s in scores if is_control(s.sample_metadata) is control]
            rates.append(sum(alarms) / len(alarms) if alarms else float("nan"))
        return rates[0] - rates[1]

    return compute
