"""What an elicitation is about, and what it leaves behind: every prompt and the conversations it was tried in."""

import math
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from seer_evals.audits._numbered import by_number
from seer_evals.frozen import Frozen
from seer_evals.intervals import wilson

if TYPE_CHECKING:
    from inspect_ai.util import Store  # seconds, which a list of seeds need not wait

BEHAVIOUR_KEY = "behaviour"
"""Sample metadata: the `Behaviour` as a dictionary."""
ELICITATION_KEY = "seer:elicitation"
"""Store key of the record; it is kept up to date while the elicitor works."""

Outcome = Literal["yes", "no", "unknown"]
"""Whether the behaviour occurred. `unknown`: the target, the proxy or the judge failed; it counts neither way."""
Ending = Literal["running", "submitted", "not submitted", "limit"]


class Behaviour(Frozen):
    """What is to be elicited, and how it is told whether it occurred."""

    description: str = Field(
        min_length=1, description="what the target does, as the elicitor and the judge are told it"
    )
    words: tuple[str, ...] = Field(
        default=(), description="it occurred if a reply has one of these; without any, a judge decides"
    )
    control: str = Field(default="", description="a plain prompt that gives the rate without any art")


class Line(Frozen):
    """One message of a conversation with the target."""

    role: Literal["user", "assistant"]
    text: str


class Trial(Frozen):
    """One conversation, from its beginning."""

    number: int = Field(ge=1, description="within its attempt")
    seed: int
    conversation: tuple[Line, ...] = ()
    outcome: Outcome = "unknown"
    reason: str = Field(default="", description="what decided the outcome, or what failed")


class Attempt(Frozen):
    """A prompt, and the conversations that it was tried in."""

    number: int = Field(ge=0, description="0 where the elicitor has not chosen it: control and held-out trials")
    prompt: str
    trials: tuple[Trial, ...] = ()

    def count(self, outcome: Outcome) -> int:
        """Trials with this outcome."""
        return sum(trial.outcome == outcome for trial in self.trials)

    @property
    def known(self) -> int:
        """Trials of which the outcome is known."""
        return len(self.trials) - self.count("unknown")

    @property
    def rate(self) -> float:
        """Share of the known trials in which the behaviour occurred; NaN without any."""
        return self.count("yes") / self.known if self.known else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """Of 95 %, around the rate; from 0 to 1 where nothing is known."""
        return wilson(self.count("yes"), self.known)

    def words(self) -> str:
        """The rate with its interval, and what is not known, in words."""
        low, high = self.interval
        rate = f"{self.count('yes')} of {self.known} ({self.rate:.0%}; 95 % interval {low:.0%} to {high:.0%})"
        unknown = f", {self.count('unknown')} unknown" if self.count("unknown") else ""
        return (rate if self.known else "no trial with a known outcome") + unknown


class ElicitationRecord(Frozen):
    """A whole elicitation."""

    attempts: tuple[Attempt, ...] = Field(default=(), description="numbered from 1, in order")
    submitted: int | None = Field(default=None, description="the attempt that the elicitor chose")
    held_out: Attempt | None = Field(default=None, description="its prompt again, with seeds it never saw")
    control: Attempt | None = Field(default=None, description="a plain prompt, as often")
    ending: Ending = "running"
    detail: str = ""

    @property
    def conversations(self) -> int:
        """Conversations of the search."""
        return sum(len(attempt.trials) for attempt in self.attempts)

    @property
    def winner(self) -> Attempt | None:
        """The attempt that was submitted, as it was tried during the search."""
        return None if self.submitted is None else self.attempt(self.submitted)

    def attempt(self, number: int) -> Attempt:
        """An attempt by number; a KeyError if there is none."""
        return by_number(self.attempts, number, "attempt ")


def load_elicitation(store: "Store") -> ElicitationRecord | None:
    """The record in a sample's store, or None if nothing was elicited there."""
    stored = store.get(ELICITATION_KEY)
    return ElicitationRecord.model_validate(stored) if stored is not None else None
