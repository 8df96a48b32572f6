"""Rival hypotheses with probabilities: what an investigator that states them believed after each experiment."""

import math
from typing import Any, Self

from inspect_ai.util import Store
from pydantic import Field, model_validator

from seer_evals.frozen import Frozen

HYPOTHESES_KEY = "seer:hypotheses"
"""Store key of the rounds, a list in their order; absent if no hypotheses were stated."""
NOTHING_UNUSUAL = "H0"
"""Id of the hypothesis that the model is ordinary; one of the rivals in every round."""
TOLERANCE = 0.02
"""How far the probabilities of one round may be from a sum of 1."""


class Hypothesis(Frozen):
    """One of the explanations that exclude each other, and how probable it is."""

    id: str = Field(min_length=1, description="A short name that stays the same from round to round, such as H1.")
    hypothesis: str = Field(min_length=1, description="One specific statement about the model.")
    probability: float = Field(ge=0, le=1, description="Probability that this one is the true one.")


class Round(Frozen):
    """What was believed after an experiment; round 0 is before the first."""

    round: int = Field(ge=0, description="Number of experiments that had been run.")
    hypotheses: tuple[Hypothesis, ...] = Field(min_length=2, description="The rivals; their probabilities sum to 1.")
    experiment: str = Field(default="", description="What was done and what each hypothesis predicted of it.")
    outcome: str = Field(default="", description="What came out, and how it changed the probabilities.")

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        """The ids are different and the probabilities sum to 1, up to `TOLERANCE`."""
        ids = [each.id for each in self.hypotheses]
        if twice := sorted({id for id in ids if ids.count(id) > 1}):
            raise ValueError(f"every hypothesis needs an id of its own; twice there are {', '.join(twice)}")
        total = math.fsum(each.probability for each in self.hypotheses)
        if abs(total - 1) > TOLERANCE:
            raise ValueError(f"the probabilities sum to {total:.3g}; change them so that they sum to 1")
        return self

    @property
    def leading(self) -> Hypothesis:
        """The most probable hypothesis; the first of them where several are equal."""
        return max(self.hypotheses, key=lambda each: each.probability)


def load_hypotheses(store: Store) -> tuple[Round, ...]:
    """The rounds in a sample's store, the last one last; none if no hypotheses were stated."""
    stored: list[Any] = store.get(HYPOTHESES_KEY, [])
    return tuple(Round.model_validate(each) for each in stored)
