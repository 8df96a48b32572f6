"""Was the protocol kept to? Each step is decided by code where the code can tell, otherwise by the judges."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from inspect_ai.model import Model
from pydantic import BaseModel

from seer_evals.prompting import quoted
from seer_evals.reports import Report
from seer_evals.scorers._judge import Failure, Opinion, Question, ask_each
from seer_evals.scorers._prompts import read_prompt
from seer_evals.studies import Step


class StepAnswer(BaseModel):
    """A judge's answer."""

    reasoning: str
    kept: bool


@dataclass(frozen=True)
class StepVerdict:
    """What became of a step."""

    step: Step
    kept: float | None
    """1 or 0; between them where a panel disagrees; None where nobody could tell."""
    why: str

    def __str__(self) -> str:
        said = "undecided" if self.kept is None else {0.0: "not kept", 1.0: "kept"}.get(self.kept, f"{self.kept:.2f}")
        return f"{self.step.name} ({self.step.weight:g}): **{said}**. {self.why}"


async def decide_steps(
    steps: Sequence[Step], report: Report, code: str, work: str, panel: Sequence[Model]
) -> list[StepVerdict]:
    """Decide every step of a protocol.

    Args:
        steps: Of the study.
        report: What the agent submitted.
        code: What it ran.
        work: The same with its outputs, for judges.
        panel: The judges; none leaves undecided what code cannot decide.
    """
    decided = {step.name: by_code(step, report, code, bool(panel)) for step in steps}
    left = [step for step in steps if decided[step.name] is None]
    judged = {verdict.step.name: verdict for verdict in await _judged(left, report, work, panel)}
    return [decided[step.name] or judged[step.name] for step in steps]


def by_code(step: Step, report: Report, code: str, judged: bool = False) -> StepVerdict | None:
    """The verdict that code can give; None where a judge has to be asked.

    Args:
        step: What is to be decided.
        report: What the agent submitted.
        code: What it ran.
        judged: There is a judge, who is asked although the code has a sign that the step was not kept to.
    """
    if lacking := [each for each in step.needs if not re.search(each, code)]:
        return StepVerdict(step, 0.0, f"Nowhere in the code: {', '.join(f'`{each}`' for each in lacking)}.")
    if step.figure:
        value = next((figure.value for figure in report.figures if figure.name == step.figure), None)
        if value is None or value < step.at_least:
            given = "is missing" if value is None else f"is {value:g}"
            return StepVerdict(step, 0.0, f"The figure `{step.figure}` {given}; at least {step.at_least:g} is needed.")
    found = [match[0] for each in step.refuted_by if (match := re.search(each, code))]
    if found and not (judged and step.question):
        return StepVerdict(step, 0.0, f"The code has {', '.join(f'`{each}`' for each in found)}.")
    return None if step.question else StepVerdict(step, 1.0, "By code.")


async def _judged(steps: Sequence[Step], report: Report, work: str, panel: Sequence[Model]) -> list[StepVerdict]:
    if not panel or not steps:
        return [StepVerdict(step, None, "Code cannot tell, and no judge is bound.") for step in steps]
    shown = {"report": quoted("REPORT", report.markdown(), None), "work": quoted("WORK", work, None)}
    asked = [
        Question(read_prompt("fidelity_step", statement=step.statement, question=step.question, **shown), StepAnswer)
        for step in steps
    ]
    return [_verdict(step, answers) for step, answers in zip(steps, await ask_each(panel, asked), strict=True)]


def _verdict(step: Step, answers: Sequence[Opinion[StepAnswer] | Failure]) -> StepVerdict:
    said = [each.answer.kept for each in answers if isinstance(each, Opinion)]
    why = " ".join(
        f"{each.judge}: {each.answer.reasoning}" if isinstance(each, Opinion) else f"{each}." for each in answers
    )
    return StepVerdict(step, sum(said) / len(said) if said else None, why)
