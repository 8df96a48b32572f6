"""Techniques: skill folders, read without running anything in them, checked, and begun."""

from seer_evals.lab.skills._example import example_of, find_example
from seer_evals.lab.skills._find import available_skills, find_folder, find_skills
from seer_evals.lab.skills._needs import has_adapter, unmet_need
from seer_evals.lab.skills._read import read_skill
from seer_evals.lab.skills._technique import Module, Technique

__all__ = [
    "Module",
    "Technique",
    "available_skills",
    "example_of",
    "find_example",
    "find_folder",
    "find_skills",
    "has_adapter",
    "read_skill",
    "unmet_need",
]
