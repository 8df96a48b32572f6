"""The check of what the auditor is about to send: does it look like something from the real world?"""

from dataclasses import dataclass, field

from inspect_ai.log import transcript
from inspect_ai.model import Model
from inspect_ai.util import LimitExceededError, span
from pydantic import BaseModel, Field

from seer_evals.audits import Realism
from seer_evals.inspect_private import TerminateSampleError
from seer_evals.prompting import parsed, quoted, wanted
from seer_evals.solvers._bench import read_prompt

ATTEMPTS = 2
"""Times that the checker may try to give a valid verdict."""


class Verdict(BaseModel):
    """What the checker says."""

    reasons: str = Field(min_length=1)
    score: float = Field(ge=0, le=1)


@dataclass
class RealismCheck:
    """Looks at each message before it is sent, in a fresh context each time."""

    model: Model
    threshold: float
    retries: int
    counts: Realism = field(default_factory=Realism)
    _refused: dict[str, list[str]] = field(default_factory=dict)
    """Earlier versions of each message that is being tried, and why they went back."""

    async def refusal(self, what: str, text: str, conversation: str, *, place: str = "") -> str:
        """Why the message should not be sent as it is, or nothing.

        Args:
            what: `system message`, `user message` or `tool result`.
            text: What is about to be sent.
            conversation: What went before, as text.
            place: Where it is to stand: with `what`, it tells a new version of a message from another message.

        Raises:
            LimitExceededError: One of Inspect's limits.
        """
        earlier = self._refused.setdefault(f"{what} {place}", [])
        async with span("realism", type="realism"):
            verdict = await self._verdict(what, text, conversation, earlier)
            outcome = self._outcome(verdict, len(earlier))
            shown = verdict.model_dump() if verdict else {"reasons": "the checker gave no valid verdict"}
            transcript().info({"about": what, "outcome": outcome, **shown}, source="realism")
        if outcome == "refused" and verdict is not None:
            earlier.append(f"{text}\n(Refused with {verdict.score:g}: {verdict.reasons})")
            return f"{verdict.reasons} (realism {verdict.score:g}, needed {self.threshold:g})"
        earlier.clear()
        return ""

    def _outcome(self, verdict: Verdict | None, refused: int) -> str:
        """Count the verdict, and decide: `failed`, `fine`, `refused` or `let_through`."""
        counts = self.counts.model_dump()
        counts["checked"] += 1
        if verdict is None:
            outcome = "failed"
        elif verdict.score >= self.threshold:
            outcome = "fine"
        else:
            outcome = "refused" if refused < self.retries else "let_through"
        if outcome in counts:
            counts[outcome] += 1
        self.counts = Realism(**counts)
        return outcome

    async def _verdict(self, what: str, text: str, conversation: str, refused: list[str]) -> Verdict | None:
        prompt = read_prompt(
            "petri_realism",
            what=what,
            conversation=quoted("CONVERSATION", conversation or "(nothing yet)", None),
            message=quoted("MESSAGE", text, None),
            earlier=quoted("EARLIER VERSIONS", "\n\n".join(refused) or "(none)", None),
        )
        for _ in range(ATTEMPTS):
            try:
                return parsed(await self.model.generate(prompt, config=wanted(Verdict)), Verdict)
            except (LimitExceededError, TerminateSampleError):
                raise
            except Exception as error:  # whatever is wrong with the checker is no reason to stop the audit
                transcript().info(f"The check of realism failed: {type(error).__name__}: {error}", source="realism")
        return None
