"""The decision rule of the technique `reader-diff`: latents of a reader of which two sets of prompts say the same."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seer_evals.reports import Figure, Report
from seer_evals.solvers._technique.technique import in_notebook, report_of_each

SHOWN = 8
"""Latents that are claimed, those that changed most."""


def decide(published: Mapping[str, Any], cell: int) -> Report:
    """An effect, if any latent changed; a claim for each of those that changed most, by the tokens at which it is on.

    Published are How many `prompts` both models answered, and `latents`: number, change on the second set, and the
    tokens at which it is on most often; the largest change first.
    """
    latents: list[tuple[int, float, list[str]]] = published["latents"]
    return report_of_each(
        (
            (
                f"{'More' if change > 0 else 'Less'} than before it says things like {', '.join(tokens)}.",
                f"latent {latent}: {change:+.3f}",
            )
            for latent, change, tokens in latents[:SHOWN]
        ),
        cell,
        answer=f"{len(latents)} latents of a reader are on in more or fewer answers than before.",
        nothing="No effect: no latent of the reader is on in more or fewer answers than before, on both sets.",
        tried="answers of both models to two sets of prompts, read by the earlier one through a small autoencoder",
        limitations="Latents, not words: what the study asks for by words is not measured. "
        "A reader sees what it knows.",
        confidence=0.7,
        figures=(Figure(name="prompts_compared", value=published["prompts"]),),
    )


TECHNIQUE = in_notebook("reader-diff", Path(__file__).with_suffix(".md"), decide)
