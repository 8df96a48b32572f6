"""Autoraters: whoever grades an investigation."""

from seer_evals.scorers.alias_match import alias_match
from seer_evals.scorers.correctness import correctness
from seer_evals.scorers.detection import detection
from seer_evals.scorers.process import process

__all__ = ["alias_match", "correctness", "detection", "process"]
