"""A draft for its reader, as Markdown. What paper and model wrote is indented: text, and nothing else."""

import re
from collections.abc import Iterable, Iterator

from seer_evals.drafts._drafting import Draft
from seer_evals.drafts._plan import FIELDS, Entry
from seer_evals.drafts._quotations import find
from seer_evals.drafts._reading import Paper
from seer_evals.drafts._studies import known_studies
from seer_evals.plain_text import shown

HEAD = """\
# What {paper} claims, as a plan

Read by {model}. All that is quoted stands in the paper (text of SHA-256 {digest}); whether it means what the
field says is for you to see. What is inferred the paper does not say, and what is missing nobody has filled in."""
NO_STUDY = "No study of this package measures this."
HAS_STUDY = "`{name}` measures this: {asks} Its page is `tasks/{name}/README.md`."


def one_line(text: str) -> str:
    """Others' words in a single line, whatever breaks they have."""
    return " ".join(shown(text).split())


def as_markdown(draft: Draft, paper: Paper) -> str:
    """The plan with the place of each quotation, what was refused, and which study measures the claim."""
    head = HEAD.format(
        paper=re.sub(r"[^\w. -]", "", draft.paper), model=one_line(draft.model), digest=draft.digest[:16]
    )
    return "\n\n".join([head, *_sections(draft, paper)]) + "\n"


def _sections(draft: Draft, paper: Paper) -> Iterator[str]:
    plan = draft.plan
    for heading, sentences in (
        ("In plain words", plan.in_plain_words),
        ("What would count against it", plan.counts_against),
    ):
        yield f"## {heading}\n\n{_indented(sentences or ('(nothing that could be used was said)',))}"
    for name, entry in plan.fields().items():
        yield f"## {name}: {entry.status}\n\n{FIELDS[name].capitalize()}."
        if lines := list(_entry(entry, paper)):
            yield _indented(lines)
    yield f"## Who measures it\n\n{study_of(draft)}"
    if plan.why_study:
        yield _indented([plan.why_study])
    if draft.refused:
        yield f"## What was refused\n\nSaid by the model, and not in the plan.\n\n{_indented(map(str, draft.refused))}"


def study_of(draft: Draft) -> str:
    """Which study measures the claim."""
    if study := known_studies().get(draft.plan.study):
        return HAS_STUDY.format(name=study.name, asks=study.asks)
    return NO_STUDY


def _entry(entry: Entry, paper: Paper) -> Iterator[str]:
    if entry.value:
        yield entry.value
    for quotation in entry.quotations:
        yield f"“{quotation}” ({find(paper, quotation)})"
    if entry.reason:
        yield f"Reason: {entry.reason}"


def _indented(lines: Iterable[str]) -> str:
    return "\n".join(f"    {one_line(line)}" for line in lines)
