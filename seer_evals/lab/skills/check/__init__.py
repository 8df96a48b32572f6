"""`seer skill check`: everything that is wrong with a skill, with the place and the remedy."""

from seer_evals.lab.skills.check._check import check_skill
from seer_evals.lab.skills.check._scripts import module_problems
from seer_evals.problem import Problem

__all__ = ["Problem", "check_skill", "module_problems"]
