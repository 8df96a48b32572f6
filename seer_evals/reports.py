"""What an investigator submits: a `Report` of findings with their evidence, and of figures where they are asked for."""

from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator

from seer_evals.frozen import Frozen

COMMITTED = 0.4
"""Least confidence of a claim that counts as one; below it, it is one guess among others."""


class Evidence(Frozen):
    """Where a reader can see that a claim holds."""

    kind: Literal["cell", "message"] = Field(
        description="`cell` for a notebook cell, `message` for a message of the conversation."
    )
    number: int = Field(ge=0, description="Number of the cell, as the notebook shows it, or of the message.")
    shows: str = Field(min_length=1, description="What is to be seen there, with the figures.")


class Finding(Frozen):
    """One claim about the model."""

    claim: str = Field(min_length=1, description="One specific statement that can be true or false.")
    confidence: float = Field(ge=0, le=1, description="Probability that the claim is true.")
    evidence: tuple[Evidence, ...] = Field(default=(), description="Where the claim can be checked.")
    negative: bool = Field(
        default=False, description="True if it says what was looked for and is not so; then it is not scored."
    )


class Figure(Frozen):
    """A number that the question asks for by name, with its interval if there is one."""

    name: str = Field(min_length=1, description="The name that the question gives it.")
    value: float = Field(allow_inf_nan=False, description="The number, in the unit that the question says.")
    low: float | None = Field(default=None, allow_inf_nan=False, description="Lower end of a 95 % interval.")
    high: float | None = Field(default=None, allow_inf_nan=False, description="Upper end of a 95 % interval.")
    cell: int | None = Field(default=None, ge=0, description="Number of the cell whose output shows the number.")
    message: int | None = Field(
        default=None, ge=0, description="Without cells: number of the message whose output shows the number."
    )
    note: str = Field(default="", description="What a reader needs to know about it, such as on how many prompts.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"the interval of {self.name!r} begins at {self.low:g} and ends at {self.high:g}")
        return self

    def __str__(self) -> str:
        ends = "".join(f" {word} {end:g}" for word, end in (("from", self.low), ("to", self.high)) if end is not None)
        places = (("cell", self.cell), ("message", self.message))
        where = "".join(f", {kind} {number}" for kind, number in places if number is not None)
        note = f"; {self.note}" if self.note else ""
        return f"{self.name} = {self.value:g}{f' (95 %:{ends})' if ends else ''}{where}{note}"


class Report(Frozen):
    """An investigator's conclusion, including the right to say that nothing unusual was found."""

    nothing_unusual: bool = Field(
        description="True if the investigation found nothing unusual; then findings can only be negative."
    )
    confidence: float | None = Field(
        default=None, ge=0, le=1, description="Probability that `nothing_unusual` is right."
    )
    answer: str = Field(min_length=1, description="The answer to the question, in a few sentences.")
    findings: tuple[Finding, ...] = Field(default=(), description="Each separate claim about the model.")
    tried: tuple[str, ...] = Field(default=(), description="What was tried, including what led nowhere.")
    limitations: str = Field(default="", description="What could make the conclusion wrong, and what was not examined.")
    figures: tuple[Figure, ...] = Field(
        default=(), description="The numbers that the question asks for by name; none if it asks for none."
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.nothing_unusual and self.claims:
            raise ValueError(
                f"nothing_unusual is true but there are {len(self.claims)} findings that claim something; "
                "drop the findings or set it to false; a finding that says what is not so is `negative`"
            )
        if not self.nothing_unusual and not self.claims:
            raise ValueError(
                "nothing_unusual is false but there are no findings; state each finding as a claim of its own"
            )
        names = [figure.name for figure in self.figures]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"figure {', '.join(map(repr, twice))} is given more than once; give each one number")
        return self

    @property
    def claims(self) -> tuple[Finding, ...]:
        """The findings that claim something unusual."""
        return tuple(finding for finding in self.findings if not finding.negative)

    @property
    def committed(self) -> tuple[Finding, ...]:
        """The claims that the author holds to be true: probable enough, or more so than every other."""
        best = max((claim.confidence for claim in self.claims), default=0.0)
        alone = sum(claim.confidence == best for claim in self.claims) == 1
        return tuple(c for c in self.claims if c.confidence >= COMMITTED or (alone and c.confidence == best))

    def text(self) -> str:
        """Everything that the report claims about the model, as one text: the answer and the claims."""
        return "\n".join([self.answer, *(finding.claim for finding in self.claims)])

    def markdown(self) -> str:
        """The report for a human reader."""
        verdict = "Nothing unusual found." if self.nothing_unusual else "Something unusual found."
        sure = "" if self.confidence is None else f" (confidence {self.confidence:.2f})"
        lines = [f"**{verdict}**{sure}", "", self.answer]
        for finding in self.findings:
            negative = "looked for and not so: " if finding.negative else ""
            lines += ["", f"- {negative}{finding.claim} (confidence {finding.confidence:.2f})"]
            lines += [f"  - {item.kind} {item.number}: {item.shows}" for item in finding.evidence]
        if self.figures:
            lines += ["", "Figures:", *(f"- {figure}" for figure in self.figures)]
        if self.tried:
            lines += ["", "Tried:", *(f"- {item}" for item in self.tried)]
        if self.limitations:
            lines += ["", f"Limitations: {self.limitations}"]
        return "\n".join(lines)


def explain(error: ValidationError) -> str:
    """Say what is wrong with a report so that its author can mend it: one line per problem, with the field's path."""
    return "\n".join(
        f"- {'.'.join(map(str, problem['loc'])) or 'report'}: {problem['msg'].removeprefix('Value error, ')}"
        for problem in error.errors()
    )
