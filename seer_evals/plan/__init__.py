"""What a task would start, for how long at most and for how much, found out without starting any of it."""

from seer_evals.plan._plan import Group, Plan, make_plans
from seer_evals.plan._table import as_lines

__all__ = ["Group", "Plan", "as_lines", "make_plans"]
