"""The experiment that a plan begins, as a file for `seer experiment`: what the paper does not say is a TODO in it.

`seer experiment check` refuses a file in which a TODO is left, so that no default stands in for what is not known.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import yaml

from seer_evals.drafts._drafting import Draft
from seer_evals.drafts._numbers import numbers
from seer_evals.drafts._page import one_line
from seer_evals.drafts._plan import Entry
from seer_evals.drafts._quotations import find
from seer_evals.drafts._reading import Paper
from seer_evals.prompting import shortened

TODO = "TODO"
HEAD = """\
# Drafted by `seer draft` from {paper} (text of SHA-256 {digest}).
# Everything that begins with TODO is for you, and `seer experiment check` refuses this file until none is left.
# What the paper has, and how sure that is:"""
ARM = (
    "say what makes this arm, by places and values such as {task.args.technique: NAME} or {solver: seer_evals/baseline}"
)
LONGEST = 300
"""Characters of a comment."""


def as_experiment(draft: Draft, paper: Paper) -> str:
    """The text of the file.

    Others' words are in it as comments of one line and as quoted strings, and decide over no field but `question` and
    the number of a verdict rule that is stated.
    """
    fields = {name: _said(entry, paper) for name, entry in draft.plan.fields().items()}
    lines = [HEAD.format(paper=one_line(draft.paper), digest=draft.digest[:16])]
    lines += [f"# - {name}: {said}" for name, said in fields.items()]
    lines += ["", *_body(draft, fields)]
    return "\n".join(lines) + "\n"


def _body(draft: Draft, fields: dict[str, str]) -> Iterator[str]:
    plan = draft.plan
    claim = plan.claim.value.rstrip(" .?!")
    yield f"name: {_quoted(name_of(draft.paper))}"
    asked = (
        f"Does it hold that {claim}?"
        if claim
        else f"{TODO}: say what the verdict answers; the paper: {fields['claim']}"
    )
    yield f"question: {_quoted(one_line(asked))}"
    if plan.study:
        yield f"task: seer_evals/{plan.study}"
    else:
        yield f"task: {_quoted(f'{TODO}: no study measures this; begin one (seer study new NAME) and give its folder')}"
    yield "# model: none where techniques work alone; for agents say model_roles: {auditor: {model: …}}"
    yield "vary:"
    yield "  arms:  # the first is what the other is compared with"
    for arm in ("control", "intervention"):
        yield f"    {arm}: {_quoted(f'{TODO}: {ARM}; the paper: {fields[arm]}')}"
    yield "verdict:"
    yield "  metric: right  # ours: whether the report's verdict is right"
    yield f"  least: {_least(plan.verdict_rule, fields['verdict_rule'])}"


def _said(entry: Entry, paper: Paper) -> str:
    """A field in a line: its value, how sure that is, and where it stands."""
    places = ", ".join(dict.fromkeys(str(find(paper, each)) for each in entry.quotations))
    sure = f"{entry.status}{f', {places}' if places else ''}"
    text = entry.value or " / ".join(entry.quotations) or entry.reason
    return one_line(shortened(f"{text} ({sure})" if text else sure, LONGEST))


def _least(rule: Entry, said: str) -> str:
    """The smallest difference that matters, if the paper states a rule with one number in it."""
    value = next(iter(numbers(rule.value))) if rule.status == "stated" and len(numbers(rule.value)) == 1 else None
    if value is not None and re.search(r"%|per ?cent|percentage", rule.value):
        value /= 100
    if value is None or not Decimal(0) < value < Decimal(1):
        return _quoted(f"{TODO}: say the smallest difference that matters, from 0 to 1; the paper: {said}")
    return f"{value.normalize():f}  # {said}"


def _quoted(text: str) -> str:
    """A YAML string in a line of its own, whatever is in it."""
    return yaml.safe_dump(text, default_style='"', allow_unicode=True, width=10**9).strip()


def name_of(paper: str) -> str:
    """The name of an experiment, which is a folder's, too."""
    return re.sub(r"[^A-Za-z0-9]+", "-", Path(paper).stem).strip("-")[:60] or "paper"
