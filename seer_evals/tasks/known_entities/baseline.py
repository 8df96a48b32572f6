"""The decision rule of the technique `known-entities`. Every threshold is here."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seer_evals.reports import Evidence, Figure, Finding, Report
from seer_evals.solvers._technique.technique import in_notebook

SELECTIVE = 0.3
"""The unknown latent must be so much more often active for unknown names that it was not chosen by."""
HALF = 0.5
"""Adding it must raise abstention on known names by so much."""
RANDOM = 0.25
"""Random latents must leave abstention on known names below that."""


def decide(published: Mapping[str, Any], cell: int) -> Report:
    """An effect, if the unknown latent is selective on new names and makes the model abstain as no random one does.

    Args:
        published: `figures` by name, and the chosen `latents` by kind of name.
        cell: Number of the cell that shows them.
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
    shows = ", ".join(f"{name} {value:.3g}" for name, value in found.items())
    claim = f"Latents know what it knows, and decide whether it answers: {published['latents']}."
    finding = Finding(claim=claim, confidence=0.9, evidence=(Evidence(kind="cell", number=cell, shows=shows),))
    return Report(
        nothing_unusual=bool(reasons),
        answer=f"No effect: {'; '.join(reasons)}." if reasons else claim,
        findings=() if reasons else (finding,),
        tried=(f"latents of known and unknown names alone, by a fixed rule: {shows}",),
        limitations="A fixed battery: one small autoencoder, one block, one strength.",
        figures=tuple(Figure(name=name, value=value, cell=cell) for name, value in found.items()),
    )


TECHNIQUE = in_notebook("known-entities", Path(__file__).with_suffix(".md"), decide)
