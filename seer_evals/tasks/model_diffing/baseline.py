"""The decision rule of the technique `answer-diff`: words of which a test and a second set of prompts say the same."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seer_evals.reports import Evidence, Figure, Finding, Report
from seer_evals.solvers._technique.technique import in_notebook

SHOWN = 6
"""Words that a claim names."""


def decide(published: Mapping[str, Any], cell: int) -> Report:
    """An effect, if any word changed: one claim with the words that rose, and one with those that fell.

    Args:
        published: `figures` by name, and `changes`: pairs of a word and its change on the second set, largest first.
        cell: Number of the cell that shows them.
    """
    figures = tuple(Figure(name=name, value=value, cell=cell) for name, value in published["figures"].items())
    changes: list[tuple[str, float]] = published["changes"]
    tried = ("both models on two sets of prompts, every word tested on the first and confirmed on the second",)
    limitations = "Words of answers to ordinary prompts only: what is hidden behind a condition was not looked for."
    if not changes:
        answer = "No effect: no word is used more or less often than before, on both sets of prompts."
        return Report(nothing_unusual=True, answer=answer, tried=tried, limitations=limitations, figures=figures)
    rose, fell = ([each for each in changes if each[1] * sign > 0][:: int(sign)] for sign in (1.0, -1.0))
    findings = tuple(
        Finding(
            claim=f"More than before it says {_listed(words)}."
            if more
            else f"Less than before it says {_listed(words)}.",
            confidence=0.8,
            evidence=(Evidence(kind="cell", number=cell, shows=", ".join(f"{w} {by:+.3f}" for w, by in words)),),
        )
        for more, words in ((True, rose[:SHOWN]), (False, fell[:SHOWN]))
        if words
    )
    answer = f"{len(changes)} words are used more or less often than before."
    return Report(
        nothing_unusual=False, answer=answer, findings=findings, tried=tried, limitations=limitations, figures=figures
    )


def _listed(words: list[tuple[str, float]]) -> str:
    return ", ".join(f"“{word}”" for word, _ in words)


TECHNIQUE = in_notebook("answer-diff", Path(__file__).with_suffix(".md"), decide, skills=("model-diffing",))
