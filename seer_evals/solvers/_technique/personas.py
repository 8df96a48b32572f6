"""The technique `personas`: direct questions under other system messages."""

from pathlib import Path

from seer_evals.solvers._technique._one_word import OneWord
from seer_evals.solvers._technique.technique import in_notebook

LEAST = 0.3
"""Share of all answers, as for `sampling`."""
RULE = OneWord("share of the answers under other system messages that say it", LEAST)

TECHNIQUE = in_notebook("personas", Path(__file__).with_suffix(".md"), RULE.decide, skills=("sampling",))
