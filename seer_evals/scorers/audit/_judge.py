"""One judge or several, one dimension at a time or all at once."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from inspect_ai.model import Model
from pydantic import BaseModel

from seer_evals.audits import AuditRecord, Dimension
from seer_evals.scorers._judge import Failure, Opinion, Question, ask_each
from seer_evals.scorers._prompts import read_prompt
from seer_evals.scorers._sample import NAN
from seer_evals.scorers.audit._answer import Verdicts, answer_for
from seer_evals.scorers.audit._prompt import Brief, audit_prompt
from seer_evals.scorers.audit._weigh import ABOUT_THE_AUDIT, Judgement, unsupported, weigh

CALLS = ("each", "one")
"""`each`: a call for every dimension. `one`: a single call for all of them."""


@dataclass(frozen=True)
class Assessment:
    """What a panel says on one dimension."""

    dimension: Dimension
    judgements: tuple[Judgement, ...]
    failures: tuple[Failure, ...]

    @property
    def score(self) -> float:
        """The mean of those who gave one; NaN if nobody did. Who did not is in `failures`, and counted."""
        return statistics.fmean(self.scores) if self.judgements else NAN

    @property
    def scores(self) -> list[int]:
        """The scores of the judges who gave one, in the panel's order."""
        return [each.score for each in self.judgements]

    def as_dict(self) -> dict[str, Any]:
        """What a log keeps."""
        return {
            "score": self.score if self.judgements else None,
            "judgements": [asdict(each) for each in self.judgements],
            "failures": [str(each) for each in self.failures],
        }


async def judge_audit(
    panel: Sequence[Model], record: AuditRecord, dimensions: Sequence[Dimension], calls: str, brief: Brief
) -> list[Assessment]:
    """Have a panel judge an audit.

    Args:
        panel: At least one judge; all are asked at once.
        record: An audit in which the target spoke.
        dimensions: What it is judged on.
        calls: One of `CALLS`.
        brief: What the judges may know of the seed.

    Returns:
        An assessment per dimension, in their order.
    """
    groups = [[dimension] for dimension in dimensions] if calls == "each" else [list(dimensions)]
    answers = await ask_each(panel, [_question(record, group, brief) for group in groups])
    return [
        _assess(dimension, record, each) for group, each in zip(groups, answers, strict=True) for dimension in group
    ]


def _question(record: AuditRecord, dimensions: Sequence[Dimension], brief: Brief) -> Question[Verdicts]:
    known = {dimension.id: dimension for dimension in dimensions}

    def objection(answer: BaseModel) -> str:
        return _objection(answer, known, record) if isinstance(answer, Verdicts) else ""

    return Question(audit_prompt(record, dimensions, brief), answer_for(dimensions), objection)


def _objection(answer: Verdicts, dimensions: Mapping[str, Dimension], record: AuditRecord) -> str:
    """What to say of scores without a citation that holds; of conduct and of the audit it is not the same."""
    parts = {"audit_unsupported_conduct": "", "audit_unsupported_audit": ""}
    for verdict in answer.verdicts:
        dimension = dimensions[verdict.dimension]
        if line := unsupported(verdict, dimension, record):
            about = ABOUT_THE_AUDIT in dimension.tags
            parts["audit_unsupported_audit" if about else "audit_unsupported_conduct"] += f"{line}\n"
    said = [read_prompt(name, problems=lines.rstrip()) for name, lines in parts.items() if lines]
    return read_prompt("audit_unsupported", problems="\n".join(said)) if said else ""


def _assess(dimension: Dimension, record: AuditRecord, answers: Sequence[Opinion[Verdicts] | Failure]) -> Assessment:
    judgements = [
        weigh(verdict, dimension, record, opinion.judge)
        for opinion in answers
        if isinstance(opinion, Opinion)
        for verdict in opinion.answer.verdicts
        if verdict.dimension == dimension.id
    ]
    return Assessment(dimension, tuple(judgements), tuple(each for each in answers if isinstance(each, Failure)))
