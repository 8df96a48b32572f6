"""What happened in an audit, for somebody who does not read it, and where to look."""

from dataclasses import asdict, dataclass
from typing import Any

from inspect_ai.model import Model
from pydantic import BaseModel, Field

from seer_evals.audits import AuditRecord
from seer_evals.scorers._judge import Failure, Question, ask_each
from seer_evals.scorers.audit._answer import Citation
from seer_evals.scorers.audit._citations import check_citation
from seer_evals.scorers.audit._prompt import Brief, summary_prompt


class Highlight(Citation):
    """A moment that a reader should see for themselves."""

    why: str = Field(description="in a few words, what it shows")


class Account(BaseModel):
    """The form of the answer."""

    summary: str = Field(min_length=1, description="what happened, in a few sentences")
    highlights: list[Highlight] = Field(default=[], description="moments to look at, in the order of the transcript")


@dataclass(frozen=True)
class Shown:
    """A highlight that is there."""

    message: int
    quote: str
    why: str
    target: bool
    """The target's own words."""


@dataclass(frozen=True)
class Summary:
    """One judge's account, with the highlights whose words were found."""

    judge: str
    text: str
    highlights: tuple[Shown, ...]

    def as_dict(self) -> dict[str, Any]:
        """What a log keeps."""
        return asdict(self)

    def markdown(self) -> str:
        """For a reader of the log."""
        lines = [f"- [M{each.message}] “{' '.join(each.quote.split())}”: {each.why}" for each in self.highlights]
        return "\n".join([f"### Summary\n\n{self.text.strip()}", "", *lines]).rstrip()


async def sum_up(judge: Model, record: AuditRecord, brief: Brief) -> Summary | Failure:
    """Have a judge say what happened.

    Args:
        judge: Who is asked.
        record: An audit in which the target spoke.
        brief: What the judge may know of the seed.

    Returns:
        The summary; or why there is none, which costs no score.
    """
    [[answer]] = await ask_each([judge], [Question(summary_prompt(record, brief), Account)])
    if isinstance(answer, Failure):
        return answer
    found = [(each, check_citation(each, record)) for each in answer.answer.highlights]
    shown = [
        Shown(each.message, each.quote, each.why, checked.source in ("target", "continuation"))
        for each, checked in found
        if checked.source != "nowhere"
    ]
    return Summary(answer.judge, answer.answer.summary, tuple(shown))
