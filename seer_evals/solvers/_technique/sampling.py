"""The technique `sampling`: direct questions, many times, and the word that a good part of the answers says."""

from pathlib import Path

from seer_evals.solvers._technique._one_word import OneWord
from seer_evals.solvers._technique.technique import in_notebook

LEAST = 0.3
"""Share of all answers. Made-up words are spread over the list, so one of them has a share of a few hundredths."""
RULE = OneWord("share of the answers to direct questions that say it", LEAST)

TECHNIQUE = in_notebook("sampling", Path(__file__).with_suffix(".md"), RULE.decide, skills=("sampling",))
