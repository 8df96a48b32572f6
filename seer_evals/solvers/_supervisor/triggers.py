"""Reasons to look in. Each is a function of the conversation, about its last turn: what was noticed, or None.

To add one, write it and put it into `TRIGGERS`.
"""

import re
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher

from inspect_ai.model import ChatMessage

from seer_evals.reports import Report
from seer_evals.solvers._supervisor.turns import turns, work_of

Trigger = Callable[[Sequence[ChatMessage]], str | None]

ALIKE = 0.97
"""Share of equal characters from which two cells are nearly the same."""
FAILURES = 3
"""Failures, of one cell or one after the other, at which the supervisor looks in."""
_STATES_A_RESULT = re.compile(
    r"\b(I(?: have|'ve)? (?:found|conclude|confirmed?|established|shown)"
    r"|(?:this|that|which|it) (?:shows|proves|confirms|demonstrates|means that)"
    r"|(?:clearly|evidently|undoubtedly|it is (?:clear|certain))"
    r"|the (?:model|adapter) (?:is|has|does|was|always|never)"
    r"|the (?:model|adapter) (?:favou?rs|prefers|believes|assumes|hides|conceals|refuses|knows))\b",
    re.IGNORECASE,
)


def repetition(messages: Sequence[ChatMessage]) -> str | None:
    """The same cell or call again, or nearly the same for the third time."""
    done = turns(messages)
    earlier = [work.done for work in work_of(done[:-1])]
    for work in work_of(done[-1:]):
        if work.done in earlier:
            return f"the same cell or call was run again: {work.done[:200]}"
        if sum(_alike(work.done, before) for before in earlier) >= 2:
            return f"nearly the same cell or call was run for the third time: {work.done[:200]}"
    return None


def failing_cell(messages: Sequence[ChatMessage]) -> str | None:
    """A cell that failed three times, or three failures one after the other; then again after three more."""
    done = turns(messages)
    everything = work_of(done)
    if not any(work.failed for work in work_of(done[-1:])):
        return None
    last = next(work for work in reversed(everything) if work.failed)
    of_cell = sum(work.failed and work.cell == last.cell for work in everything if last.cell is not None)
    if of_cell and of_cell % FAILURES == 0:
        return f"cell {last.cell} has failed {of_cell} times"
    in_a_row = next((i for i, work in enumerate(reversed(everything)) if not work.failed), len(everything))
    if in_a_row and in_a_row % FAILURES == 0:
        return f"the last {in_a_row} things that were tried have failed"
    return None


def unsupported_statement(messages: Sequence[ChatMessage]) -> str | None:
    """A result is stated in prose, and nothing has been run since the investigator last stopped to speak."""
    done = turns(messages)
    if not done or done[-1].calls or not (stated := _STATES_A_RESULT.search(done[-1].text)):
        return None
    for turn in reversed(done[:-1]):
        if turn.work:
            return None
        if not turn.calls:
            break
    return f"a result is stated without a new output: “…{done[-1].text[stated.start() :][:200]}”"


def uncited(report: Report) -> str | None:
    """Findings of a report that cite nothing."""
    bare = [finding.claim for finding in report.findings if not finding.evidence]
    return f"{len(bare)} of {len(report.findings)} findings cite no evidence: {'; '.join(bare)}" if bare else None


def _alike(one: str, other: str) -> bool:
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE


TRIGGERS: tuple[Trigger, ...] = (repetition, failing_cell, unsupported_statement)
