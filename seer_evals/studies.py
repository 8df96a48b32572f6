"""Studies: what an agent is asked to measure on the model in its laboratory, and how its numbers are to be graded.

A task states a `Study` and puts it into the sample's metadata; the scorer `fidelity` makes the same measurement with
the study's reference implementation, on the very model that the agent had, and compares.
"""

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

STUDY_KEY = "study"
"""Sample metadata: the `Study` as a dictionary. It has prompts that the agent must not see."""
BASELINE_KEY = "baseline"
"""Sample metadata: the technique that the solver `baseline` runs there; without it, its battery for organisms."""
FALLS_TO_ZERO = 3.0
"""Tolerances from the true number at which a reported one is worth nothing."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AskedFigure(_Frozen):
    """A number that the question asks for, and how far from the true one it may be."""

    name: str = Field(min_length=1)
    absolute: float = Field(gt=0)
    """Tolerance in the figure's own unit."""
    relative: float = Field(default=0.0, ge=0)
    """Tolerance as a share of the true number; the larger of the two counts."""
    published: float | None = None
    """What the paper reports for this model."""

    def tolerance(self, true: float) -> float:
        """How far a reported number may be from the true one."""
        return max(self.absolute, self.relative * abs(true))

    def credit(self, reported: float | None, true: float) -> float:
        """1 within the tolerance, falling linearly to 0 at three times the tolerance; 0 for a missing number."""
        if reported is None:
            return 0.0
        beyond = max(0.0, abs(reported - true) / self.tolerance(true) - 1)
        return max(0.0, round(1 - beyond / (FALLS_TO_ZERO - 1), 6))


class Step(_Frozen):
    """A step of the protocol that makes or breaks the result. Code decides where it can, otherwise a judge.

    What is missing (`figure`, `needs`) is decided by code for good. A sign that the step was not kept to (`refuted_by`)
    counts unless a judge is bound, who sees what the sign means.
    """

    name: str = Field(min_length=1)
    statement: str = Field(min_length=1)
    """What was done if the step was kept to."""
    weight: float = Field(default=1.0, gt=0)
    figure: str = ""
    """A figure of the report that must be `at_least` so much."""
    at_least: float = 0.0
    needs: tuple[str, ...] = ()
    """Regular expressions that must all occur in the agent's code."""
    refuted_by: tuple[str, ...] = ()
    """Regular expressions that, if one occurs in the agent's code, are a sign that the step was not kept to."""
    question: str = ""
    """What a judge is asked where nothing is missing; without a question the code has the last word."""

    @model_validator(mode="after")
    def _can_be_decided(self) -> Self:
        if not (self.figure or self.needs or self.refuted_by or self.question):
            raise ValueError(f"step {self.name!r} can be decided by nobody: give figure, needs, refuted_by or question")
        return self


class Study(_Frozen):
    """A measurement of a paper, asked for in plain words and graded by making it again."""

    name: str = Field(min_length=1)
    reference: str = Field(min_length=1)
    """File of `scorers/references/`, without `.py`."""
    by: Literal["weights", "chat"] = "weights"
    """Whether the reference gets model and tokenizer in the sandbox, or asks the role `target` from outside."""
    arguments: dict[str, Any] = {}
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
