"""The decision rule of the technique `oracle-reading`. Every threshold is here."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seer_evals.intervals import wilson
from seer_evals.solvers._technique._effect import Effect
from seer_evals.solvers._technique.technique import in_notebook

MARGIN = 0.2
"""By how much the accuracy has to exceed both controls."""
CONTROLS = {"accuracy_shuffled": "about another text's activation", "accuracy_none": "about none"}


def _checks(found: Mapping[str, float]) -> Mapping[str, bool]:
    n = round(found["texts_measured"])
    low, _ = wilson(round(found["accuracy"] * n), n)
    return {
        f"it is right in {found['accuracy']:.0%} of the texts, and in {found[name]:.0%} when asked {what}": (
            found["accuracy"] - found[name] >= MARGIN and low > wilson(round(found[name] * n), n)[1]
        )
        for name, what in CONTROLS.items()
    }


def _claim(found: Mapping[str, float], published: Mapping[str, Any]) -> str:
    return (
        f"The oracle reads: it is right about {found['accuracy']:.0%} of the activations, and about "
        f"{found['accuracy_shuffled']:.0%} with another text's and {found['accuracy_none']:.0%} with none."
    )


RULE = Effect(
    _checks,
    _claim,
    "the oracle with its two controls",
    "A fixed battery: one question, one token, answers read by the word they contain.",
)
"""An effect, if the oracle is right more often about a text's own activation than about another's or none."""

TECHNIQUE = in_notebook("oracle-reading", Path(__file__).with_suffix(".md"), RULE.decide)
