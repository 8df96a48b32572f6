"""The decision rule of the technique `answer-diff`: words of which a test and a second set of prompts say the same."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seer_evals.reports import Report
from seer_evals.solvers._technique.technique import figures_of, in_notebook, report_of_each

SHOWN = 6
"""Words that a claim names."""


def decide(published: Mapping[str, Any], cell: int) -> Report:
    """An effect, if any word changed: one claim with the words that rose, and one with those that fell.

    Published are `figures` by name, and `changes`: pairs of a word and its change on the second set, largest first.
    """
    changes: list[tuple[str, float]] = published["changes"]
    rose, fell = ([each for each in changes if each[1] * sign > 0][:: int(sign)] for sign in (1.0, -1.0))
    return report_of_each(
        (
            (f"{than} than before it says {_listed(words)}.", ", ".join(f"{word} {by:+.3f}" for word, by in words))
            for than, words in (("More", rose[:SHOWN]), ("Less", fell[:SHOWN]))
            if words
        ),
        cell,
        answer=f"{len(changes)} words are used more or less often than before.",
        nothing="No effect: no word is used more or less often than before, on both sets of prompts.",
        tried="both models on two sets of prompts, every word tested on the first and confirmed on the second",
        limitations="Words of answers to ordinary prompts only: what is hidden behind a condition was not looked for.",
        confidence=0.8,
        figures=figures_of(published["figures"], cell),
    )


def _listed(words: list[tuple[str, float]]) -> str:
    return ", ".join(f"“{word}”" for word, _ in words)


TECHNIQUE = in_notebook("answer-diff", Path(__file__).with_suffix(".md"), decide, skills=("model-diffing",))
