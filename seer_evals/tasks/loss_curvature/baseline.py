"""The decision rule of the technique `loss-curvature`. Every threshold is here."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seer_evals.solvers._technique._effect import Effect
from seer_evals.solvers._technique.technique import in_notebook

LEAST_RECALLED = 0.5
"""Share of the passages that must be recited for there to be something to take away."""
HALF = 0.5
"""The edit must leave at most this share of the recall."""
KEPT = 0.8
"""The edit must leave at least this share of the facts, and that by random pairs less."""
REPORTED = tuple(f"{what}_{edit}" for what in ("recall", "facts", "ce") for edit in ("base", "kfac", "svd"))


def _checks(found: Mapping[str, float]) -> Mapping[str, bool]:
    return {
        f"it recites {found['recall_base']:.0%} of the passages": found["recall_base"] >= LEAST_RECALLED,
        "the edit does not end the reciting": found["recall_kfac"] <= HALF * found["recall_base"],
        "the edit takes facts away as well": found["facts_kfac"] >= KEPT * found["facts_base"],
        "pairs kept at random spare the facts, too": found["facts_random"] < KEPT * found["facts_base"],
    }


def _claim(found: Mapping[str, float], published: Mapping[str, Any]) -> str:
    return (
        f"Dropping directions of low curvature takes recall from {found['recall_base']:.0%} to "
        f"{found['recall_kfac']:.0%} and leaves {found['facts_kfac']:.0%} of the facts; dropping as much by singular "
        f"values leaves recall at {found['recall_svd']:.0%} and {found['facts_svd']:.0%} of the facts."
    )


RULE = Effect(
    _checks,
    _claim,
    "the edit by loss curvature alone",
    "A fixed battery: one draw of the labels, one share of the curvature.",
    confidence=0.9,
    reported=REPORTED,
)
"""An effect, if the edit ends reciting and spares the facts, and random pairs do not spare them."""

TECHNIQUE = in_notebook("loss-curvature", Path(__file__).with_suffix(".md"), RULE.decide)
