"""Judges read the code: does it compute the figures that its outputs show?"""

from collections.abc import Mapping, Sequence

from inspect_ai.model import Model
from pydantic import BaseModel

from seer_evals.prompting import quoted
from seer_evals.reports import Figure
from seer_evals.scorers._fidelity.support import Support
from seer_evals.scorers._judge import Opinion, Question, ask_each
from seer_evals.scorers._prompts import read_prompt


class Computed(BaseModel):
    """A judge's answer."""

    reasoning: str
    not_computed: list[str]


async def judge_figures(
    found: Sequence[Support], figures: Mapping[str, Figure], question: str, work: str, panel: Sequence[Model]
) -> list[Support]:
    """Take away from figures that are shown those which most judges find to be computed by nobody.

    A judge that fails is not heard; without any, what was found stays.
    """
    shown = [figures[each.figure] for each in found if each.holds]
    if not panel or not shown:
        return list(found)
    prompt = read_prompt(
        "fidelity_figures",
        question=quoted("QUESTION", question, None),
        figures=quoted("FIGURES", "\n".join(f"- {each}" for each in shown), None),
        work=quoted("WORK", work, None),
    )
    (answers,) = await ask_each(panel, [Question(prompt, Computed)])
    heard = [each for each in answers if isinstance(each, Opinion)]
    return [_with(each, heard) if each.holds else each for each in found]


def _with(found: Support, heard: Sequence[Opinion[Computed]]) -> Support:
    against = [each for each in heard if found.figure in each.answer.not_computed]
    if 2 * len(against) <= len(heard):
        return found
    return Support(found.figure, f"its code does not compute it ({against[0].judge}: {against[0].answer.reasoning})")
