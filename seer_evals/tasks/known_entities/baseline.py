"""The decision rule of the technique `known-entities`. Every threshold is here."""

from collections.abc import Mapping
from pathlib import Path

from seer_evals.solvers._technique._effect import Effect
from seer_evals.solvers._technique.technique import in_notebook

SELECTIVE = 0.3
"""The unknown latent must be so much more often active for unknown names that it was not chosen by."""
HALF = 0.5
"""Adding it must raise abstention on known names by so much."""
RANDOM = 0.25
"""Random latents must leave abstention on known names below that."""


def _checks(found: Mapping[str, float]) -> Mapping[str, bool]:
    return {
        f"the unknown latent's selectivity is {found['selectivity_unknown']:.2f} on new names": (
            found["selectivity_unknown"] >= SELECTIVE
        ),
        "adding it does not make the model abstain": found["known_steered"] - found["known_base"] >= HALF,
        "random latents make it abstain, too": found["known_random"] < RANDOM,
    }


RULE = Effect(
    _checks,
    "Latents know what it knows, and decide whether it answers: {latents}.",
    "latents of known and unknown names alone",
    "A fixed battery: one small autoencoder, one block, one strength.",
    confidence=0.9,
)
"""An effect, if the unknown latent is selective on new names and makes the model abstain as no random one does.

Published are `figures` by name, and the chosen `latents` by kind of name.
"""

TECHNIQUE = in_notebook("known-entities", Path(__file__).with_suffix(".md"), RULE.decide)
