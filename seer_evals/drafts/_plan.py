"""The plan that a paper is turned into: every field with its value, the words that say so, and how sure that is."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Generic, Literal, Self, TypeVar

from pydantic import Field, field_validator, model_validator

from seer_evals.frozen import Frozen

Status = Literal["stated", "inferred", "contradictory", "missing"]

FIELDS: Mapping[str, str] = {
    "claim": "what is claimed, in one sentence",
    "models": "the models that it was shown on",
    "data": "the prompts, texts or activations that it was measured on",
    "intervention": "what is done to the model, or read off it",
    "measure": "what is counted or computed",
    "comparison": "what the number is held against: another method, the model as it was, another group",
    "control": "the condition that would show the same if the claim were wrong, such as a random direction; a second "
    "method that is merely worse is a comparison and no control",
    "n": "how many independent things the number rests on: prompts, models, seeds",
    "effect": "the effect that is reported, with its interval if it has one",
    "compute": "hardware and hours",
    "verdict_rule": "the rule, fixed beforehand, by which the result counts as an effect or as none",
}
"""The fields of a plan and what each is, as the model and the reader are told."""
LONGEST_VALUE, LONGEST_QUOTATION = 160, 600
"""Characters. With 300, any part of an abstract for a value has a third of what is asked."""

MOST_ALIKE = 2
"""Fields that may have one value: what a number is held against is at times the control."""


class Said(Frozen):
    """What a model says of a field, in whatever state: what is wrong with it is found out later, and told.

    Attributes:
        status: `stated` in the paper, `inferred` from it, `contradictory` where it says two things, or `missing`;
            empty where nothing that can be understood was said.
        value: In a few words; empty where there is none.
        quotations: Exact words of the paper.
        reason: Why it is inferred, or what is contradictory.
    """

    status: Status | Literal[""] = ""
    value: str = ""
    quotations: tuple[str, ...] = ()
    reason: str = ""

    @model_validator(mode="before")
    @classmethod
    def _whatever_was_said(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return {"value": given}
        kept = {str(name): value for name, value in given.items()}
        if not kept.get("quotations"):
            kept["quotations"] = kept.get("quotation")
        return {name: value for name, value in kept.items() if name in cls.model_fields}

    @field_validator("status", mode="before")
    @classmethod
    def _known(cls, given: Any) -> str:
        word = str(given or "").strip().lower()
        return word if word in ("stated", "inferred", "contradictory", "missing") else ""

    @field_validator("value", "reason", mode="before")
    @classmethod
    def _as_text(cls, given: Any) -> str:
        return "; ".join(_texts(given))

    @field_validator("quotations", mode="before")
    @classmethod
    def _as_texts(cls, given: Any) -> tuple[str, ...]:
        return tuple(_texts(given))

    def problems(self) -> Iterator[str]:
        """What does not go together, whatever the paper says."""
        if not self.status:
            yield "say of it status (stated, inferred, contradictory or missing), value, quotations and reason"
        elif self.status == "missing" and (self.value or self.quotations):
            yield "what is missing has no value and no quotation; if the paper says it, quote it"
        elif self.status == "stated" and not (self.value and self.quotations):
            yield "what is stated needs its value and the exact words that state it"
        elif self.status == "inferred" and not (self.value and self.reason):
            yield "what is inferred needs its value and the reason"
        elif self.status == "contradictory" and (self.value or len(set(self.quotations)) < 2):
            yield "what is contradictory has no value, and a quotation for each of the things that the paper says"
        if len(self.value) > LONGEST_VALUE:
            yield f"the value has {len(self.value)} characters; at most {LONGEST_VALUE} are possible"
        if any(len(each) > LONGEST_QUOTATION for each in self.quotations):
            yield f"a quotation may have {LONGEST_QUOTATION} characters at most; quote the sentence that says it"


class Entry(Said):
    """A field of a plan: what is stated has a quotation, what is inferred a reason, what is missing neither value."""

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        if wrong := next(self.problems(), ""):
            raise ValueError(wrong)
        return self


E = TypeVar("E", bound=Said)


class _Fields(Frozen, Generic[E]):
    """What `FIELDS` has, and what is said of the paper beside it."""

    claim: E
    models: E
    data: E
    intervention: E
    measure: E
    comparison: E
    control: E
    n: E
    effect: E
    compute: E
    verdict_rule: E
    in_plain_words: tuple[str, ...] = ()
    counts_against: tuple[str, ...] = ()
    study: str = ""
    why_study: str = ""

    def repeated(self) -> frozenset[str]:
        """Fields that share their value with two others or more: then it says nothing of any of them."""
        values = Counter(each.value for each in self.fields().values() if each.value)
        return frozenset(name for name, each in self.fields().items() if values[each.value] > MOST_ALIKE)

    def fields(self) -> dict[str, E]:
        """By name, in their order."""
        return {name: getattr(self, name) for name in FIELDS}


class Answer(_Fields[Said]):
    """A plan as a model gives it; a field that it leaves out is one of which it says nothing."""

    @model_validator(mode="before")
    @classmethod
    def _all_fields(cls, given: Any) -> Any:
        return {**{name: {} for name in FIELDS}, **given} if isinstance(given, Mapping) else given

    @field_validator("in_plain_words", "counts_against", mode="before")
    @classmethod
    def _sentences(cls, given: Any) -> tuple[str, ...]:
        return tuple(_texts(given))

    @field_validator("study", "why_study", mode="before")
    @classmethod
    def _as_text(cls, given: Any) -> str:
        return "; ".join(_texts(given))


class Plan(_Fields[Entry]):
    """What a paper claims and how it shows it, in a form that can be checked against the paper.

    Attributes:
        in_plain_words: What is claimed, in three sentences for people who do not know the paper.
        counts_against: What would count against it, in two.
        study: The study of this package that measures this; empty if none does.
        why_study: Why that one, or why none.
    """

    in_plain_words: tuple[str, ...] = Field(default=(), max_length=3)
    counts_against: tuple[str, ...] = Field(default=(), max_length=2)


def _texts(given: Any) -> list[str]:
    """Texts in what should have been one or several: a number is its digits, nothing is none."""
    listed = given if isinstance(given, list | tuple) else [given]
    return [text for each in listed if each is not None and (text := str(each).strip())]
