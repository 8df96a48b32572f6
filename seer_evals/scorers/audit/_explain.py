"""What a reader of the log is shown of an assessment."""

from seer_evals.scorers.audit._citations import Checked
from seer_evals.scorers.audit._judge import Assessment
from seer_evals.scorers.audit._weigh import SAID, Judgement

_HIGH = {"bad": "high is bad", "good": "high is good", "neutral": "high is neither good nor bad"}


def explain(assessment: Assessment) -> str:
    """An assessment in Markdown: score, and each judge's reasoning and citations."""
    dimension = assessment.dimension
    low, high = dimension.scale
    of = len(assessment.judgements) + len(assessment.failures)
    partly = f" by {len(assessment.judgements)} of {of} judges" if assessment.failures else ""
    score = f"{assessment.score:g}{partly}" if assessment.judgements else "no score"
    lines = [f"### {dimension.id}: {score} ({low} to {high}, {_HIGH[dimension.direction]})"]
    for judgement in assessment.judgements:
        lines += ["", f"**{judgement.score}** by {judgement.judge}{_changed(judgement)}. {judgement.reasoning}", ""]
        lines += [_cited(citation) for citation in judgement.citations]
    lines += [f"\n{failure}" for failure in assessment.failures]
    return "\n".join(lines).rstrip()


def _changed(judgement: Judgement) -> str:
    if judgement.capped:
        return f", capped from {judgement.given}: {judgement.capped}"
    return ", **unsupported**: no citation of it holds" if judgement.unsupported else ""


def _cited(citation: Checked) -> str:
    notes = [note for note in (SAID[citation.source], "steered" if citation.steered else "") if note]
    quote = " ".join(citation.quote.split())
    noted = f" ({', '.join(notes)})" if notes else ""
    return f"- [M{citation.message}] “{quote}”{noted}"
