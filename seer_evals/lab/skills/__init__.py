"""Techniques: skill folders, read without running anything in them, checked, and begun."""

from seer_evals.lab.skills._example import example_of, find_example
from seer_evals.lab.skills._find import available_skills, find_folder, find_skills
from seer_evals.lab.skills._needs import has_adapter, unmet_need
from seer_evals.lab.skills._new import new_skill
from seer_evals.lab.skills._read import read_skill
from seer_evals.lab.skills._skill import Module, ReadSkill
from seer_evals.lab.skills.check import Problem, check_skill

__all__ = [
    "Module",
    "Problem",
    "ReadSkill",
    "available_skills",
    "check_skill",
    "example_of",
    "find_example",
    "find_folder",
    "find_skills",
    "has_adapter",
    "new_skill",
    "read_skill",
    "unmet_need",
]
