"""An investigator without a language model that works with the skills it was given, and with nothing else.

It asks one technique after the other, each by its own rule, and reports what the first one finds.
"""

from inspect_ai.model import ChatMessageAssistant
from inspect_ai.solver import Generate, Solver, TaskState, solver

from seer_evals.lab import GIVEN_KEY, Lab
from seer_evals.reports import Report
from seer_evals.solvers import find_technique


@solver
def each_skill() -> Solver:
    """Report what the first technique finds whose skill was handed over."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        lab = Lab.of(state)
        report = await _asked(lab, list(lab.store.get(GIVEN_KEY)["skills"]))
        lab.submit(report)
        state.messages.append(ChatMessageAssistant(content=report.markdown(), model="each_skill", source="generate"))
        state.output.completion = report.answer
        return state

    return solve


async def _asked(lab: Lab, skills: list[str]) -> Report:
    report = Report(nothing_unusual=True, answer="Nothing was found.", limitations="No skill, so nothing was measured.")
    for name in skills:
        report = await find_technique(name).investigate(lab)
        if not report.nothing_unusual:
            return report
    return report
