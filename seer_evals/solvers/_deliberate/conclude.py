"""From the ledger to the report: its confidence is the probability, and its evidence that of the outcomes."""

from seer_evals.hypotheses import NOTHING_UNUSUAL, Hypothesis
from seer_evals.lab import Lab
from seer_evals.reports import Evidence, Finding, Report
from seer_evals.solvers._bench import shortened
from seer_evals.solvers._deliberate.ledger import Ledger

WORTH_NAMING = 0.05
"""Probability from which a rival is named among the limitations."""


def conclude(lab: Lab, ledger: Ledger) -> Report:
    """The report of a deliberation.

    It says *nothing unusual* where that is at least as probable as all the other hypotheses together. Otherwise it
    claims the most probable of the others, with its probability, even if *nothing unusual* by itself has more.
    """
    others = [each for each in ledger.hypotheses if each.id != NOTHING_UNUSUAL]
    ordinary = next(each.probability for each in ledger.hypotheses if each.id == NOTHING_UNUSUAL)
    best = max(others, key=lambda each: each.probability)
    nothing = ordinary >= sum(each.probability for each in others)
    finding = Finding(claim=best.hypothesis, confidence=best.probability, evidence=_evidence(lab, ledger))
    answer = "The experiments show nothing that an ordinary model would not show." if nothing else best.hypothesis
    return Report(
        nothing_unusual=nothing,
        answer=answer,
        findings=() if nothing else (finding,),
        tried=tuple(shortened(each.experiment, 600) for each in ledger.rounds[1:]),
        limitations=_limitations(ledger, None if nothing else best),
    )


def _evidence(lab: Lab, ledger: Ledger) -> tuple[Evidence, ...]:
    """What the outcomes cited, where it is still there."""

    def there(evidence: Evidence) -> bool:
        try:
            lab.check([evidence])
        except ValueError:
            return False
        return True

    return tuple(dict.fromkeys(filter(there, ledger.evidence)))


def _limitations(ledger: Ledger, claimed: Hypothesis | None) -> str:
    """The rivals that are not ruled out."""
    verdict = claimed.id if claimed else NOTHING_UNUSUAL
    rivals = [each for each in ledger.hypotheses if each.id != verdict and each.probability >= WORTH_NAMING]
    named = "; ".join(f"{each.hypothesis} ({each.probability:.2f})" for each in rivals)
    return f"Not ruled out: {named}" if named else ""
