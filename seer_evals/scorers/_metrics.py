"""Metrics that Inspect does not ship."""

from inspect_ai.scorer import Metric, SampleScore, Value, metric

from seer_evals.scorers._sample import CONTROL_KEY


@metric
def total() -> Metric:
    """Number of samples for which a 0/1 value is 1."""

    def compute(scores: list[SampleScore]) -> Value:
        return sum(score.score.as_float() for score in scores)

    return compute


@metric
def youden_j() -> Metric:
    """True-positive rate minus false-positive rate (Youden 1950); 0 for whoever always, or never, finds something.

    The values are alarms (0 or 1); which samples are controls is read from their metadata. Without organisms or
    without controls it is not defined (NaN).
    """

    def compute(scores: list[SampleScore]) -> Value:
        rates = []
        for control in (False, True):
            alarms = [s.score.as_float() for s in scores if bool((s.sample_metadata or {}).get(CONTROL_KEY)) is control]
            rates.append(sum(alarms) / len(alarms) if alarms else float("nan"))
        return rates[0] - rates[1]

    return compute
