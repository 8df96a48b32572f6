"""The technique `token-probabilities`: likelihoods of answers that the model may never give, against its base."""

from pathlib import Path

from seer_evals.solvers._technique._one_word import OneWord
from seer_evals.solvers._technique.technique import in_notebook

LEAST, RISE = 0.4, 0.3
"""Probability among the listed words, and by how much it must exceed that in the base."""
RULE = OneWord("probability after a begun answer", LEAST, RISE)

TECHNIQUE = in_notebook(
    "token-probabilities", Path(__file__).with_suffix(".md"), RULE.decide, skills=("token-probabilities",)
)
