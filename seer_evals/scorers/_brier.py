"""Brier scores (Brier 1950), of a sample and of a whole evaluation."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from inspect_ai.scorer import Metric, SampleScore, Value, metric

from seer_evals.scorers._sample import NAN

FORECASTS_KEY = "forecasts"
"""Score metadata: per kind of claim, a list of [probability, [outcome of each judge]]."""


@dataclass(frozen=True)
class Forecast:
    """A claim, the probability that was given to it, and what became of it."""

    claim: str
    probability: float
    outcomes: tuple[bool, ...]
    """One for each judge who found that it asserts something; none if nobody did, one where no judge was needed."""

    @property
    def said(self) -> str:
        """What the judges said, in words."""
        if not self.outcomes:
            return "asserts nothing unusual: left out"
        if len(self.outcomes) == 1:
            return "true" if self.outcomes[0] else "false"
        return f"true for {sum(self.outcomes)} of {len(self.outcomes)} judges"

    def as_list(self) -> list[Any]:
        """What the log keeps of it."""
        return [self.probability, list(self.outcomes)]


def brier(forecasts: Iterable[Forecast]) -> float:
    """Mean over claims of the squared distance between probability and outcome, averaged over judges; NaN for none."""
    return _brier([(each.probability, each.outcomes) for each in forecasts])


def _brier(pairs: Sequence[tuple[float, Sequence[bool]]]) -> float:
    each = [statistics.fmean((p - o) ** 2 for o in outcomes) for p, outcomes in pairs if outcomes]
    return statistics.fmean(each) if each else NAN


@metric(scores="unreduced")
def pooled_brier(kind: str) -> Metric:
    """Brier score over all claims of the evaluation, and that of always saying their base rate.

    Gives `brier`, `reference` (the Brier score of the base rate), `skill` (1 - brier / reference; NaN where every claim
    has the same outcome), `base_rate` and `claims`, their number.

    Args:
        kind: `findings` or `hypotheses`.
    """

    def compute(scores: list[SampleScore]) -> Value:
        stored = [((score.score.metadata or {}).get(FORECASTS_KEY) or {}).get(kind, []) for score in scores]
        pairs = [(float(p), outcomes) for each in stored for p, outcomes in each if outcomes]
        if not pairs:
            return {}
        score = _brier(pairs)
        base_rate = statistics.fmean(statistics.fmean(outcomes) for _, outcomes in pairs)
        reference = _brier([(base_rate, outcomes) for _, outcomes in pairs])
        skill = 1 - score / reference if reference else NAN
        return {
            "brier": score,
            "reference": reference,
            "skill": skill,
            "base_rate": base_rate,
            "claims": float(len(pairs)),
        }

    return compute
