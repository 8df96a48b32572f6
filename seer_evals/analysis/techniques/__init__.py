"""Techniques and agents against families of organisms: how often each finds what is hidden, and how often too much."""

from seer_evals.analysis.techniques._counts import Cell, Counts, count
from seer_evals.analysis.techniques._figure import draw
from seer_evals.analysis.techniques._outcomes import Outcome, outcomes, read_all
from seer_evals.analysis.techniques._tables import as_csv, as_table

__all__ = ["Cell", "Counts", "Outcome", "as_csv", "as_table", "count", "draw", "outcomes", "read_all"]
