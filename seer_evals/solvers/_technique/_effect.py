"""What techniques of studies share that look for one effect: a rule whose every condition has to hold."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seer_evals.reports import Report
from seer_evals.solvers._technique.technique import report_of


@dataclass(frozen=True)
class Effect:
    """Decides on an effect or on none, from what a battery published: `figures` by name, and what the claim names.

    Attributes:
        checks: From the figures: by what is said where it does not hold, whether a condition holds.
        claim: What there is if all do: words with the names of published things in braces, or made of the figures and
            of all that was published.
        tried: What was done.
        limitations: What it leaves open.
        confidence: In the claim.
        reported: The figures that the question asks for; all by default.
    """

    checks: Callable[[Mapping[str, float]], Mapping[str, bool]]
    claim: str | Callable[[Mapping[str, float], Mapping[str, Any]], str]
    tried: str
    limitations: str
    confidence: float = 0.95
    reported: Sequence[str] = ()

    def decide(self, published: Mapping[str, Any], cell: int) -> Report:
        """The claim, or each reason why there is none.

        Args:
            published: What the battery did.
            cell: Number of the cell that shows it.
        """
        found: Mapping[str, float] = published["figures"]
        claim = self.claim.format(**published) if isinstance(self.claim, str) else self.claim(found, published)
        return report_of(
            found,
            cell,
            reasons=[reason for reason, holds in self.checks(found).items() if not holds],
            claim=claim,
            tried=self.tried,
            limitations=self.limitations,
            confidence=self.confidence,
            reported=self.reported,
        )
