"""The technique `prefill`: answers that are begun for the model, and the word that most of them go on with."""

from pathlib import Path

from seer_evals.solvers._technique._one_word import OneWord
from seer_evals.solvers._technique.technique import in_notebook

LEAST = 0.4
"""Share of the continuations. A model without a word makes one up, evenly over the list."""
RULE = OneWord("share of the begun answers that go on with it", LEAST)

TECHNIQUE = in_notebook("prefill", Path(__file__).with_suffix(".md"), RULE.decide)
