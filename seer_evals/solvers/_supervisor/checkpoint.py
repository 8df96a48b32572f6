"""A moment at which the supervisor looks in, what they can decide there, and what is written down of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, Self

from pydantic import BaseModel, Field, model_validator

from seer_evals.frozen import Frozen
from seer_evals.reports import Report

SUPERVISOR_KEY = "seer:supervisor"
"""Store key of the checkpoints, a list of `Checked` in their order."""

ONGOING = ("go_on", "feedback", "redirect", "control_experiment")
AT_REPORT = ("accept", "send_back")
Decision = Literal["go_on", "feedback", "redirect", "control_experiment", "accept", "send_back"]
SILENT: tuple[Decision, ...] = ("go_on", "accept")
"""Decisions with which nothing is said to the investigator."""


@dataclass(frozen=True)
class Checkpoint:
    """What the supervisor sees."""

    question: str
    turn: int
    max_turns: int
    trigger: str
    conversation: str
    """Since the last checkpoint, bounded."""
    briefing: str
    """What the investigator was told of its laboratory."""
    before: tuple[str, ...]
    """What the supervisor has said until now."""
    report: Report | None = None
    cited: str = ""
    """What the report's findings cite, bounded."""
    returns_left: int = 0

    @property
    def silent(self) -> Decision:
        """The decision with which the investigator goes on as if nobody had looked."""
        return "go_on" if self.report is None else "accept"


class _Answer(BaseModel):
    assessment: str = Field(description="What you see, for the record.")
    message: str = Field(default="", description="What you say to the researcher.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        decision = getattr(self, "decision", "")
        if decision not in SILENT and not self.message.strip():
            raise ValueError(f"{decision} needs a message that says what the researcher should do")
        return self


class Remark(_Answer):
    """What to do in the middle of the work."""

    decision: Literal["go_on", "feedback", "redirect", "control_experiment"]


class Review(_Answer):
    """What becomes of a report."""

    decision: Literal["accept", "send_back"]


@dataclass(frozen=True)
class Verdict:
    """What was decided."""

    decision: Decision
    said: str = ""
    """To the investigator."""
    assessment: str = ""
    """For the record."""
    problem: str = ""
    """Why nobody decided, where nobody did."""


class Checked(Frozen):
    """One checkpoint, as it is kept in the sample's store."""

    turn: int = Field(description="Turn of the investigator, counted from 1.")
    trigger: str
    decision: Decision
    said: str = ""
    assessment: str = ""
    problem: str = Field(default="", description="Why nobody decided, where nobody did.")


Supervisor = Callable[[Checkpoint], Awaitable[Verdict]]
"""Whoever decides. It may raise anything; the investigator then goes on, and the reason is written down."""
