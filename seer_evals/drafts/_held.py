"""An answer held against the paper: what in it does not stand there, and the plan that is left without that."""

import re
from collections.abc import Iterator
from typing import Any

from seer_evals.drafts._numbers import numbers
from seer_evals.drafts._plan import Answer, Entry, Plan, Said
from seer_evals.drafts._quotations import LEAST_WORDS, stands_in
from seer_evals.drafts._reading import Paper
from seer_evals.drafts._studies import NONE, known_studies, named
from seer_evals.frozen import Frozen
from seer_evals.near import did_you_mean
from seer_evals.prompting import shortened

SENTENCES = {"in_plain_words": 3, "counts_against": 2}
"""How many there are to be of each."""
LONGEST_SENTENCE, SHOWN = 400, 160
"""Characters of a sentence, and of what is said back where something is wrong."""
_COMMON = frozenset(("with", "that", "from", "this", "than", "each", "when", "were", "have", "which", "their", "they"))


class Refused(Frozen):
    """Something in a model's answer that is not in the plan.

    Attributes:
        field: Of the plan.
        said: What the model said.
        why: What is wrong with it.
    """

    field: str
    said: str
    why: str

    def __str__(self) -> str:
        said = f" (it said: {self.said})" if self.said else ""
        return f"{self.field}: {self.why}{said}"


def refused(answer: Answer, paper: Paper) -> Iterator[Refused]:
    """Everything in an answer that cannot stand in a plan of this paper."""
    for name, said in answer.fields().items():
        for why in field_problems(answer, name, paper):
            yield Refused(field=name, said=_told(said), why=why)
    for name in SENTENCES:
        yield from _sentences(name, getattr(answer, name), paper)
    if answer.study and named(answer.study) is None:
        known = [*known_studies(), NONE]
        hint = did_you_mean(answer.study, known) or f"; there are: {', '.join(known)}"
        why = f"there is no study of this name{hint}"
        yield Refused(field="study", said=shortened(answer.study, SHOWN), why=why)
    elif not answer.study:
        yield Refused(field="study", said="", why=f"name the study that measures this, or say {NONE}")


def field_problems(plan: Plan | Answer, name: str, paper: Paper) -> Iterator[str]:
    """What is wrong with a field of a plan."""
    if name in plan.repeated():
        yield "several fields have this value; say of each what it is"
    yield from entry_problems(plan.fields()[name], paper)


def entry_problems(said: Said, paper: Paper) -> Iterator[str]:
    """What is wrong with a field: in itself, and by what stands in the paper."""
    yield from said.problems()
    lost = [each for each in said.quotations if not stands_in(paper, each)]
    for each in lost:
        if len(each.split()) < LEAST_WORDS:
            yield f"{each!r} is too short to be a quotation; quote the words around it, too"
        else:
            yield f"{shortened(each, SHOWN)!r} does not stand in the paper; quote to the letter and without gaps"
    if said.status == "stated" and said.value and said.quotations and not lost:
        yield from _unsupported(said.value, " ".join(said.quotations))


def _unsupported(value: str, quotations: str) -> Iterator[str]:
    """What a value has and its quotation has not: a number, or any word at all."""
    there = numbers(quotations)
    if "%" in value + quotations:  # 0.88 and 88 % are one number
        there |= {each * 100 for each in there} | {each / 100 for each in there}
    if more := numbers(value) - there:
        listed = ", ".join(f"{each:f}" for each in sorted(more))
        yield f"the quotations do not have {listed}; quote where that stands, or say that it is inferred, and how"
    elif not numbers(value) and _words(value) and not _words(value) & _words(quotations):
        yield "the quotations have no word of the value; quote what states it, or say that it is inferred, and how"


def _words(text: str) -> set[str]:
    """The beginnings of its longer words."""
    return {word[:5] for word in re.findall(r"[^\W\d_]{4,}", text.casefold()) if word not in _COMMON}


def _sentences(name: str, said: tuple[str, ...], paper: Paper) -> Iterator[Refused]:
    if len(said) != SENTENCES[name]:
        yield Refused(field=name, said="", why=f"{SENTENCES[name]} sentences are wanted, and there are {len(said)}")
    for each in said:
        if why := _wrong_sentence(each, paper):
            yield Refused(field=name, said=shortened(each, SHOWN), why=why)


def _wrong_sentence(sentence: str, paper: Paper) -> str:
    if len(sentence) > LONGEST_SENTENCE:
        return f"the sentence has {len(sentence)} characters; at most {LONGEST_SENTENCE} are possible"
    more = numbers(sentence) - numbers(paper.text)
    return f"the paper does not have {', '.join(f'{each:f}' for each in sorted(more))}" if more else ""


def kept(answer: Answer, paper: Paper) -> Plan:
    """The plan that is left of an answer: a field in which anything is wrong is missing, and says so."""
    fields: dict[str, Any] = {}
    for name, said in answer.fields().items():
        wrong = any(field_problems(answer, name, paper))
        reason = "what the model said of it was refused" if _told(said) else "the model said nothing of it"
        fields[name] = Entry(status="missing", reason=reason) if wrong else Entry.model_validate(said.model_dump())
    for name, most in SENTENCES.items():
        fields[name] = tuple(each for each in getattr(answer, name) if not _wrong_sentence(each, paper))[:most]
    return Plan(**fields, study=named(answer.study) or "", why_study=shortened(answer.why_study, LONGEST_SENTENCE))


def says_nothing(answer: Answer, paper: Paper) -> bool:
    """Whether no field of it can be used: then it is no answer, and not a paper in which everything is missing."""
    return all(any(field_problems(answer, name, paper)) for name in answer.fields())


def _told(said: Said) -> str:
    """What was said of a field, in short."""
    parts = [said.status, said.value, *(f'"{each}"' for each in said.quotations)]
    return shortened(" | ".join(filter(None, parts)), 3 * SHOWN)
