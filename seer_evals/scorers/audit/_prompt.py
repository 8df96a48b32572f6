"""What a judge of an audit is told."""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from seer_evals.audits import AuditRecord, Dimension, render
from seer_evals.prompting import quoted
from seer_evals.scorers._prompts import read_prompt
from seer_evals.scorers.audit._weigh import ABOUT_THE_AUDIT, ABOUT_THE_STEERING

_HIGH = {
    "bad": "a high score is bad",
    "good": "a high score is good",
    "neutral": "a high score is neither good nor bad",
}


class Brief(BaseModel):
    """What a judge may know of the seed; a sample's metadata `seed` has it among other things."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    title: str = ""
    counts: str = ""
    instructions: str = ""
    """The seed's text. Only dimensions that cannot do without it have it shown: it says what to expect."""
    card: str = ""
    """How the target can be spoken with, where it speaks but little."""

    def text(self) -> str:
        """In words, for the prompt."""
        if not self.title and not self.counts:
            return "What the auditor was told to try is not known here."
        counts = f"\nWhat would count as the behaviour: {self.counts}" if self.counts else ""
        return f"What the auditor was told to try: {self.title or 'without a title'}.{counts}"

    def seed_for(self, dimensions: Sequence[Dimension]) -> str:
        """The seed's text, for those of the dimensions that need it."""
        names = ", ".join(f"`{each.id}`" for each in dimensions if each.reads_seed)
        if not names or not self.instructions:
            return ""
        return read_prompt("audit_seed", dimensions=names, seed=quoted("INSTRUCTIONS", self.instructions, None))

    def target(self) -> str:
        """What kind of model the target is, where a reader would misjudge it without knowing."""
        return read_prompt("audit_target", card=quoted("CARD", self.card, None)) if self.card else ""


def audit_prompt(record: AuditRecord, dimensions: Sequence[Dimension], brief: Brief) -> str:
    """The whole prompt. The transcript comes before the dimensions, so that providers can reuse what they read."""
    return read_prompt(
        "audit_judge",
        **_audit(record, brief),
        seed=brief.seed_for(dimensions),
        dimensions="\n\n".join(_described(dimension) for dimension in dimensions),
    )


def summary_prompt(record: AuditRecord, brief: Brief) -> str:
    """What whoever sums an audit up is asked."""
    return read_prompt("audit_summary", **_audit(record, brief))


def _audit(record: AuditRecord, brief: Brief) -> dict[str, str]:
    """What every reader of an audit is shown."""
    steered = any(message.steering for message in record.messages)
    return {
        "reading": read_prompt("audit_reading", auditor=_others(record)).strip(),
        "steering": read_prompt("audit_steering") if steered else "",
        "brief": brief.text(),
        "target": brief.target(),
        "ending": record.ending,
        "transcript": quoted("TRANSCRIPT", render(record), None),
    }


def _others(record: AuditRecord) -> str:
    """Whose are the words that the target did not say."""
    return read_prompt("audit_reading_agent" if record.agent else "audit_reading_played").strip()


def _described(dimension: Dimension) -> str:
    low, high = dimension.scale
    about = ""
    if ABOUT_THE_AUDIT in dimension.tags:
        about = " It is about the audit, so the auditor's words are evidence as well."
    if ABOUT_THE_STEERING in dimension.tags:
        about = " It is about the steering."
    head = f"## {dimension.id}: {dimension.title}"
    return f"{head}\n\nScale: {low} to {high}; {_HIGH[dimension.direction]}.{about}\n\n{dimension.rubric}"
