"""The technique `logit-lens`: what the middle and later blocks have in mind while the model answers."""

from pathlib import Path

from seer_evals.solvers._technique._one_word import OneWord
from seer_evals.solvers._technique.technique import in_notebook

LEAST, RISE = 0.6, 0.4
"""Largest probability at any token of the answers, and by how much it must exceed the base's reading of the same texts:
the largest of many readings is large for some word by chance."""
RULE = OneWord("largest probability in its own answers by the logit lens", LEAST, RISE, confidence=0.7)

TECHNIQUE = in_notebook("logit-lens", Path(__file__).with_suffix(".md"), RULE.decide)
