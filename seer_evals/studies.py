"""Studies: what an agent is asked to measure on the model in its laboratory, and how its numbers are to be graded.

A task states a `Study` and puts it into the sample's metadata; the scorer `fidelity` makes the same measurement with
the study's reference implementation, on the very model that the agent had, and compares.
"""

from collections.abc import Iterable
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from seer_evals.frozen import Frozen

STUDY_KEY = "study"
"""Sample metadata: the `Study` as a dictionary. It has prompts that the agent must not see."""
BASELINE_KEY = "baseline"
"""Sample metadata: the technique that the solver `baseline` runs there; without it, its battery for organisms."""
FALLS_TO_ZERO = 3.0
"""Tolerances from the true number at which a reported one is worth nothing."""


class Ran(Frozen):
    """What must have been run, as the kernel records it: a list of prompts that was read in some state of the model."""

    of: str = ""
    """The list: a file of `study/`, without its ending; empty for anything at all."""
    share: float = Field(default=0.5, gt=0, le=1)
    """Of its prompts that must have been read."""
    texts: int = Field(default=1, ge=1)
    """That must have been read in this state, equal ones counted each time."""
    prompts: int = Field(default=1, ge=1)
    """The same, equal ones counted once."""
    model: str = ""
    """Name of the model; empty for any."""
    edited: bool | None = None
    """With an edit, a hook or changed weights in force, or without; None for either."""
    random: bool = False
    """With random directions, as `Direction.like` makes them."""
    positions: Literal["", "all", "front", "generated"] = ""
    """Where the edits act: on all tokens; on the first ones of the prompt; on generated ones, among others."""
    adapter: Literal["", "on", "off"] = ""


class AskedFigure(Frozen):
    """A number that the question asks for, and how far from the true one it may be."""

    name: str = Field(min_length=1)
    absolute: float = Field(gt=0)
    """Tolerance in the figure's own unit."""
    relative: float = Field(default=0.0, ge=0)
    """Tolerance as a share of the true number; the larger of the two counts."""
    published: float | None = None
    """What the paper reports for this model."""
    ran: tuple[Ran, ...] = (Ran(),)
    """What must have been run for anyone to have this number."""
    by_hand: bool = False
    """It may be counted by whoever reads the answers: it has to be shown, and no code has to compute it."""
    if_effect: bool = False
    """It has no sense where there is no effect, and does not count there."""

    def tolerance(self, true: float) -> float:
        """How far a reported number may be from the true one."""
        return max(self.absolute, self.relative * abs(true))

    def credit(
        self,
        reported: float | None,
        true: float,
        readings: Iterable[float] = (),
        spread: tuple[float, float] | None = None,
    ) -> float:
        """1 within the tolerance, falling linearly to 0 at three times the tolerance; 0 for a missing number.

        Args:
            reported: The agent's number.
            true: The reference's.
            readings: What the reference has for other readings of the question; the nearest counts.
            spread: The lowest and the highest that the reference has over its seeds; what is between them is true.
        """
        if reported is None:
            return 0.0
        low, high = spread or (true, true)
        away = min(max(low - reported, reported - high, 0.0), *(abs(reported - each) for each in (true, *readings)))
        beyond = max(0.0, away / self.tolerance(true) - 1)
        return max(0.0, round(1 - beyond / (FALLS_TO_ZERO - 1), 6))


class Step(Frozen):
    """A step of the protocol that makes or breaks the result. What ran decides where it can, otherwise a judge.

    What was not run (`needs`, `ran`) was not done. What was run is enough where `ran` says so; everything else is for
    the judge, and undecided without one.
    """

    name: str = Field(min_length=1)
    statement: str = Field(min_length=1)
    """What was done if the step was kept to."""
    weight: float = Field(default=1.0, gt=0)
    needs: tuple[Ran, ...] = ()
    """Without all of these the step was not kept to."""
    ran: tuple[Ran, ...] = ()
    """With all of these it was."""
    question: str = ""
    """What a judge is asked where what ran does not decide."""
    if_effect: bool = False
    """It has no sense where there is no effect and none is reported."""

    @model_validator(mode="after")
    def _can_be_decided(self) -> Self:
        if not (self.ran or self.question):
            raise ValueError(f"step {self.name!r} can be decided by nobody: give ran or question")
        return self


class Study(Frozen):
    """A measurement of a paper, asked for in plain words and graded by making it again."""

    name: str = Field(min_length=1)
    reference: str = Field(min_length=1)
    """Its file: a path below this package, or, of a study from outside, from the root."""
    by: Literal["weights", "chat"] = "weights"
    """Whether the reference gets model and tokenizer in the sandbox, or asks the role `target` from outside."""
    arguments: dict[str, Any] = Field(default_factory=dict)
    """What the reference's `measure` gets, with data of its own that the agent never sees."""
    model: str = "model"
    """Name of the model that is measured, among those of the laboratory."""
    others: tuple[str, ...] = ()
    """Names of other models of the laboratory that the reference needs: `arguments["others"]` has them by name, each
    as a pair of model and tokenizer."""
    figures: tuple[AskedFigure, ...] = Field(min_length=1)
    steps: tuple[Step, ...] = ()
    seconds: int = Field(default=900, gt=0)
    """Seconds that the reference may take."""

    @model_validator(mode="after")
    def _different_names(self) -> Self:
        for what, names in (("figure", [f.name for f in self.figures]), ("step", [s.name for s in self.steps])):
            if twice := sorted({name for name in names if names.count(name) > 1}):
                raise ValueError(f"{what} {', '.join(map(repr, twice))} comes more than once; each needs its own name")
        return self
