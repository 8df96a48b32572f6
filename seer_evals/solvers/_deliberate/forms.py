"""The forms of what the agent states between experiments, and what is checked of them."""

import math
from collections.abc import Iterator, Sequence
from typing import Any, Self

from pydantic import BaseModel, Field, ValidationError, model_validator

from seer_evals.hypotheses import NOTHING_UNUSUAL, Hypothesis, Round

ROUNDING = 0.1
"""How far stated probabilities may be from a sum of 1 to be taken for rounded ones, which are scaled to it."""


class Beliefs(BaseModel):
    """Rival hypotheses with their probabilities, which sum to 1 once they nearly do."""

    reasoning: str
    hypotheses: list[Hypothesis]

    @model_validator(mode="after")
    def _summing_to_one(self) -> Self:
        total = math.fsum(each.probability for each in self.hypotheses)
        if 0 < abs(total - 1) <= ROUNDING:
            scaled = [each.model_copy(update={"probability": each.probability / total}) for each in self.hypotheses]
            self.hypotheses = scaled
        return self


class Prediction(BaseModel):
    """What one hypothesis predicts of an experiment."""

    id: str
    predicts: str = Field(min_length=1)


class Candidate(BaseModel):
    """An experiment that might be run."""

    experiment: str = Field(min_length=1)
    predictions: list[Prediction]
    separates: float = Field(ge=0, le=1)

    def text(self) -> str:
        """What is done, and what each hypothesis predicts."""
        return "\n".join(
            [self.experiment, "", *(f"- {each.id} predicts: {each.predicts}" for each in self.predictions)]
        )


class Design(BaseModel):
    """Experiments to choose from; one that is not complete leaves the others as they are."""

    candidates: list[Candidate] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _complete_ones(cls, stated: Any) -> Any:
        given = stated.get("candidates") if isinstance(stated, dict) else None
        complete = [each for each in given if _is_complete(each)] if isinstance(given, list) else []
        return {**stated, "candidates": complete} if complete else stated


def _is_complete(candidate: Any) -> bool:
    try:
        Candidate.model_validate(candidate)
    except ValidationError:
        return False
    return True


def check_beliefs(beliefs: Beliefs, before: Sequence[Hypothesis] = ()) -> None:
    """See that they are coherent, that *nothing unusual* is among them, and that none has gone.

    Raises:
        ValueError: They are not; the message says what to change.
    """
    Round(round=0, hypotheses=tuple(beliefs.hypotheses))
    ids = {each.id for each in beliefs.hypotheses}
    if NOTHING_UNUSUAL not in ids:
        raise ValueError(f"{NOTHING_UNUSUAL} (the model is ordinary) is missing; it is always one of the hypotheses")
    if gone := [each.id for each in before if each.id not in ids]:
        raise ValueError(f"{', '.join(gone)} left the list; keep every hypothesis, with probability 0 if it is out")


def check_design(design: Design, hypotheses: Sequence[Hypothesis]) -> None:
    """See that there is an experiment that can be run.

    Raises:
        ValueError: There is none; the message says what each of them lacks.
    """
    if not usable(design, hypotheses):
        raise ValueError("; ".join(_problems(design, hypotheses)))


def usable(design: Design, hypotheses: Sequence[Hypothesis]) -> list[Candidate]:
    """The experiments with one prediction of every hypothesis that is still in, which differ; the best first."""
    found = [each for number, each in enumerate(design.candidates, 1) if not _problem(number, each, hypotheses)]
    return sorted(found, key=lambda each: -each.separates)


def _problems(design: Design, hypotheses: Sequence[Hypothesis]) -> Iterator[str]:
    for number, candidate in enumerate(design.candidates, 1):
        yield _problem(number, candidate, hypotheses)


def _problem(number: int, candidate: Candidate, hypotheses: Sequence[Hypothesis]) -> str:
    """What is wrong with a candidate, or nothing."""
    known, alive = {each.id for each in hypotheses}, {each.id for each in hypotheses if each.probability > 0}
    ids = [each.id for each in candidate.predictions]
    if unknown := sorted(set(ids) - known):
        return f"candidate {number} predicts for {', '.join(unknown)}, which is no hypothesis"
    if missing := sorted(alive - set(ids)):
        return f"candidate {number} does not say what {', '.join(missing)} predicts"
    if len({each.predicts.strip().lower() for each in candidate.predictions}) == 1 and len(alive) > 1:
        return f"candidate {number} tells nothing apart: every hypothesis predicts the same of it"
    return ""
