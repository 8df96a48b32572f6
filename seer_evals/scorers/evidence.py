"""`evidence`: does what a report cites show what it claims?"""

import statistics
from typing import Any, Literal

from inspect_ai.model import Model
from inspect_ai.scorer import Score, Scorer, Target, mean, scorer, stderr
from inspect_ai.solver import TaskState
from pydantic import BaseModel

from seer_evals.parameters import checked
from seer_evals.prompting import prompted, quoted
from seer_evals.reports import Finding, Report
from seer_evals.scorers._judge import HOW_TO_BIND, JudgeFailed, Opinion, Question, ask_panel, judges
from seer_evals.scorers._material import cited, plain
from seer_evals.scorers._metrics import total
from seer_evals.scorers._prompts import PROMPTS, read_prompt
from seer_evals.scorers._sample import NAN, report_of, verdict_of

VERDICTS = ("supported", "unsupported", "contradicted")
MISSING = "(there is none of this number)"
REASONS = ("no_report", "no_findings", "no_judge", "judge_failed")


class EvidenceVerdict(BaseModel):
    """Whether what is cited shows the claim."""

    reasoning: str
    verdict: Literal["supported", "unsupported", "contradicted"]


@scorer(
    metrics={
        **{f"evidence_{verdict}": [mean(), stderr()] for verdict in VERDICTS},
        "evidence_findings": [mean()],
        "evidence_missing": [total()],
        **{f"evidence_{reason}": [total()] for reason in REASONS},
    }
)
@checked
@prompted(PROMPTS)
def evidence() -> Scorer:
    """Shares of the claims that what they cite supports, does not support, or contradicts.

    The models bound to the role `judge` read, for each finding, the cells or messages that it cites, and know nothing
    of the truth: a false claim can be supported and a true one unsupported. A finding that cites nothing, or nothing
    that exists, is unsupported; `evidence_missing` counts citations of what does not exist. Without findings, judge or
    valid answer the sample is unscored and counted under its reason.
    """

    async def score(state: TaskState, target: Target) -> Score:
        report, panel = report_of(state), judges()
        if report is None:
            return _unscored(report, "no_report", "The run ended without a report.")
        if not report.claims:
            return _unscored(report, "no_findings", "The report claims nothing.")
        if not panel:
            return _unscored(report, "no_judge", HOW_TO_BIND)
        try:
            return await _judge(panel, state, report)
        except JudgeFailed as failure:
            return _unscored(report, "judge_failed", str(failure))

    return score


async def _judge(panel: list[Model], state: TaskState, report: Report) -> Score:
    materials = [[cited(state, item) for item in finding.evidence] for finding in report.claims]
    asked = [
        (index, _question(finding, material))
        for index, (finding, material) in enumerate(zip(report.claims, materials, strict=True))
        if any(material)
    ]
    answers = await ask_panel(panel, [question for _, question in asked])
    opinions = dict(zip((index for index, _ in asked), answers, strict=True))
    shares = [_shares(opinions.get(index, [])) for index in range(len(report.claims))]
    values = {verdict: statistics.fmean(share[verdict] for share in shares) for verdict in VERDICTS}
    return _score(
        report,
        {**values, "findings": len(report.claims), "missing": sum(each.count(None) for each in materials)},
        "\n".join(_explain(finding, opinions.get(index)) for index, finding in enumerate(report.claims)),
    )


def _question(finding: Finding, material: list[str | None]) -> Question[EvidenceVerdict]:
    items = [
        f"{item.kind} {item.number}, which is said to show: {plain(item.shows)}\n\n{text or MISSING}"
        for item, text in zip(finding.evidence, material, strict=True)
    ]
    evidence = quoted("EVIDENCE", "\n\n---\n\n".join(items), None)
    return Question(
        read_prompt("evidence", claim=quoted("CLAIM", finding.claim, None), evidence=evidence), EvidenceVerdict
    )


def _shares(opinions: list[Opinion[EvidenceVerdict]]) -> dict[str, float]:
    verdicts: list[str] = [opinion.answer.verdict for opinion in opinions] or ["unsupported"]
    return {verdict: verdicts.count(verdict) / len(verdicts) for verdict in VERDICTS}


def _explain(finding: Finding, opinions: list[Opinion[EvidenceVerdict]] | None) -> str:
    if opinions is None:
        why = "it cites only what does not exist" if finding.evidence else "it cites nothing"
        return f"- {finding.claim}\n  - **unsupported**: {why}"
    said = [f"  - {each.judge}: **{each.answer.verdict}**. {each.answer.reasoning}" for each in opinions]
    return "\n".join([f"- {finding.claim}", *said])


def _unscored(report: Report | None, reason: str, why: str) -> Score:
    return _score(report, {}, why, reason)


def _score(report: Report | None, values: dict[str, Any], explanation: str, reason: str | None = None) -> Score:
    shares = {verdict: values.get(verdict, NAN) for verdict in VERDICTS}
    counts = {"findings": float(values.get("findings", NAN)), "missing": float(values.get("missing", 0))}
    reasons = {each: float(each == reason) for each in REASONS}
    return Score(
        value={f"evidence_{key}": value for key, value in {**shares, **counts, **reasons}.items()},
        answer=verdict_of(report),
        explanation=explanation,
        reason=reason,
    )
