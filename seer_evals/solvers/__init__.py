"""Harnesses: whoever does the investigating."""

from seer_evals.solvers.baseline import baseline
from seer_evals.solvers.single_agent import single_agent

__all__ = ["baseline", "single_agent"]
