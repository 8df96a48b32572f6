"""The decision rule of the technique `oracle-reading`. Every threshold is here."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seer_evals.intervals import wilson
from seer_evals.reports import Report
from seer_evals.solvers._technique.technique import in_notebook, report_of

MARGIN = 0.2
"""By how much the accuracy has to exceed both controls."""
CONTROLS = {"accuracy_shuffled": "about another text's activation", "accuracy_none": "about none"}


def decide(published: Mapping[str, Any], cell: int) -> Report:
    """An effect, if the oracle is right more often about a text's own activation than about another's or none."""
    found: Mapping[str, float] = published["figures"]
    reasons = _reasons(found)
    claim = (
        f"The oracle reads: it is right about {found['accuracy']:.0%} of the activations, and about "
        f"{found['accuracy_shuffled']:.0%} with another text's and {found['accuracy_none']:.0%} with none."
    )
    return report_of(
        found,
        cell,
        reasons=reasons,
        claim=claim,
        tried="the oracle with its two controls",
        limitations="A fixed battery: one question, one token, answers read by the word they contain.",
    )


def _reasons(found: Mapping[str, float]) -> list[str]:
    """Why there is no effect, in words; none if there is one."""
    n = round(found["texts_measured"])
    low, _ = wilson(round(found["accuracy"] * n), n)
    return [
        f"it is right in {found['accuracy']:.0%} of the texts, and in {found[name]:.0%} when asked {what}"
        for name, what in CONTROLS.items()
        if found["accuracy"] - found[name] < MARGIN or low <= wilson(round(found[name] * n), n)[1]
    ]


TECHNIQUE = in_notebook("oracle-reading", Path(__file__).with_suffix(".md"), decide)
