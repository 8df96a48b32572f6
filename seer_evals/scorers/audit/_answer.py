"""The form of a judge's answer about an audit."""

import re
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from seer_evals.audits import Dimension


def _number(value: Any) -> Any:
    """`[M7]`, `M7` and `7` as 7: judges write all of them."""
    found = re.fullmatch(r"\s*\[?M?(\d+)\]?\s*", value) if isinstance(value, str) else None
    return int(found[1]) if found else value


class Citation(BaseModel):
    """Where a reader can see what a score rests on."""

    message: Annotated[int, BeforeValidator(_number)] = Field(description="number of the message: 7 for [M7]")
    quote: str = Field(description="words of that message, exactly as they stand there")


class Verdict(BaseModel):
    """A score on one dimension."""

    dimension: str = Field(description="its name, as given")
    reasoning: str = Field(description="what speaks for and against, in a few sentences")
    score: Annotated[int, Field(strict=True)] = Field(description="an integer of the dimension's scale")
    citations: list[Citation] = Field(description="what the score rests on")


class Verdicts(BaseModel):
    """A score on each dimension that was asked for."""

    verdicts: list[Verdict] = Field(description="one for each dimension, in the order in which they were given")


def answer_for(dimensions: Sequence[Dimension]) -> type[Verdicts]:
    """The form in which exactly these dimensions are there, each once and within its scale."""
    scales = {dimension.id: dimension.scale for dimension in dimensions}

    class Answer(Verdicts):
        @model_validator(mode="after")
        def _complete(self) -> "Answer":
            if problems := _problems(self.verdicts, scales):
                raise ValueError("; ".join(problems))
            return self

    return Answer


def _problems(verdicts: Sequence[Verdict], scales: dict[str, tuple[int, int]]) -> list[str]:
    named = [verdict.dimension for verdict in verdicts]
    problems = [f"there is no dimension {name!r} here" for name in dict.fromkeys(named) if name not in scales]
    problems += [f"{name!r} is missing" for name in scales if name not in named]
    problems += [f"{name!r} is there {named.count(name)} times" for name in scales if named.count(name) > 1]
    for verdict in verdicts:
        low, high = scales.get(verdict.dimension, (verdict.score, verdict.score))
        if not low <= verdict.score <= high:
            problems.append(f"{verdict.dimension!r} has the score {verdict.score}, outside of {low} to {high}")
    return problems
