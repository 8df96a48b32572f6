"""What a task would start, for how long at most and for how much, found out without starting any of it."""

from seer_evals.costs._costs import Costs, Group, costs_of
from seer_evals.costs._table import as_lines

__all__ = ["Costs", "Group", "as_lines", "costs_of"]
