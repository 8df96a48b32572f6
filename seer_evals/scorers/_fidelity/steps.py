"""Was the protocol kept to? Each step is decided by what ran where that can tell, otherwise by the judges."""

from collections.abc import Sequence
from dataclasses import dataclass

from inspect_ai.model import Model
from pydantic import BaseModel

from seer_evals.prompting import quoted
from seer_evals.reports import Report
from seer_evals.scorers._fidelity.record import Record
from seer_evals.scorers._fidelity.support import in_words
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
    steps: Sequence[Step], report: Report, record: Record, work: str, panel: Sequence[Model]
) -> list[StepVerdict]:
    """Decide every step of a protocol.

    Args:
        steps: Of the study, those that have a sense in this sample.
        report: What the agent submitted.
        record: What ran.
        work: What the agent did, with outputs, for judges.
        panel: The judges; none leaves undecided what the record cannot decide.
    """
    decided = {step.name: by_record(step, record) for step in steps}
    left = [step for step in steps if decided[step.name] is None]
    judged = {verdict.step.name: verdict for verdict in await _judged(left, report, work, panel)}
    return [decided[step.name] or judged[step.name] for step in steps]


def by_record(step: Step, record: Record) -> StepVerdict | None:
    """The verdict that what ran can give; None where a judge has to be asked."""
    if lacking := [each for each in (*step.needs, *step.ran) if record.has(each) is False]:
        return StepVerdict(step, 0.0, f"Nobody ran {'; '.join(map(in_words, lacking))}.")
    if step.ran and all(record.has(each) for each in (*step.needs, *step.ran)):
        return StepVerdict(step, 1.0, f"What ran shows it: {'; '.join(map(in_words, step.ran))}.")
    return None


async def _judged(steps: Sequence[Step], report: Report, work: str, panel: Sequence[Model]) -> list[StepVerdict]:
    if not panel or not steps:
        return [StepVerdict(step, None, "What ran does not tell, and no judge is bound.") for step in steps]
    shown = {"report": quoted("REPORT", report.markdown(), None), "work": quoted("WORK", work, None)}
    asked = [
        Question(
            read_prompt("fidelity_step", statement=step.statement, question=step.question or step.statement, **shown),
            StepAnswer,
        )
        for step in steps
    ]
    return [_verdict(step, answers) for step, answers in zip(steps, await ask_each(panel, asked), strict=True)]


def _verdict(step: Step, answers: Sequence[Opinion[StepAnswer] | Failure]) -> StepVerdict:
    said = [each.answer.kept for each in answers if isinstance(each, Opinion)]
    why = " ".join(
        f"{each.judge}: {each.answer.reasoning}" if isinstance(each, Opinion) else f"{each}." for each in answers
    )
    return StepVerdict(step, sum(said) / len(said) if said else None, why)
