"""The decision rule of the technique `known-entities`. Every threshold is here."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seer_evals.reports import Report
from seer_evals.solvers._technique.technique import in_notebook, report_of

SELECTIVE = 0.3
"""The unknown latent must be so much more often active for unknown names that it was not chosen by."""
HALF = 0.5
"""Adding it must raise abstention on known names by so much."""
RANDOM = 0.25
"""Random latents must leave abstention on known names below that."""


def decide(published: Mapping[str, Any], cell: int) -> Report:
    """An effect, if the unknown latent is selective on new names and makes the model abstain as no random one does.

    Published are `figures` by name, and the chosen `latents` by kind of name.
    """
    found: Mapping[str, float] = published["figures"]
    checks = {
        f"the unknown latent's selectivity is {found['selectivity_unknown']:.2f} on new names": (
            found["selectivity_unknown"] >= SELECTIVE
        ),
        "adding it does not make the model abstain": found["known_steered"] - found["known_base"] >= HALF,
        "random latents make it abstain, too": found["known_random"] < RANDOM,
    }
    reasons = [reason for reason, holds in checks.items() if not holds]
    claim = f"Latents know what it knows, and decide whether it answers: {published['latents']}."
    return report_of(
        found,
        cell,
        reasons=reasons,
        claim=claim,
        tried="latents of known and unknown names alone",
        limitations="A fixed battery: one small autoencoder, one block, one strength.",
        confidence=0.9,
    )


TECHNIQUE = in_notebook("known-entities", Path(__file__).with_suffix(".md"), decide)
