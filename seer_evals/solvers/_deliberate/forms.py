"""The forms of what the agent states between experiments, and what is checked of them."""

from collections.abc import Sequence

from pydantic import BaseModel, Field

from seer_evals.hypotheses import NOTHING_UNUSUAL, Hypothesis, Round


class Beliefs(BaseModel):
    """Rival hypotheses with their probabilities."""

    reasoning: str
    hypotheses: list[Hypothesis]


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
    """Experiments to choose from."""

    candidates: list[Candidate] = Field(min_length=1)

    @property
    def best(self) -> Candidate:
        """The one that separates best; the first of them where several are equal."""
        return max(self.candidates, key=lambda each: each.separates)


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
    """See that every experiment has one prediction of every hypothesis that is still in, and that they differ.

    Raises:
        ValueError: They have not; the message says which.
    """
    known, alive = {each.id for each in hypotheses}, {each.id for each in hypotheses if each.probability > 0}
    for number, candidate in enumerate(design.candidates, 1):
        ids = [each.id for each in candidate.predictions]
        if unknown := sorted(set(ids) - known):
            raise ValueError(f"candidate {number} predicts for {', '.join(unknown)}, which is no hypothesis")
        if missing := sorted(alive - set(ids)):
            raise ValueError(f"candidate {number} does not say what {', '.join(missing)} predicts")
        if len({each.predicts.strip().lower() for each in candidate.predictions}) == 1 and len(alive) > 1:
            raise ValueError(f"candidate {number} tells nothing apart: every hypothesis predicts the same of it")
