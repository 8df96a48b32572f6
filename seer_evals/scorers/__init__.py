"""Autoraters: whoever grades an investigation."""

from seer_evals.scorers._sample import is_control, report_of, truth_of
from seer_evals.scorers.alias_match import alias_match
from seer_evals.scorers.calibration import calibration
from seer_evals.scorers.catalogue import catalogue
from seer_evals.scorers.correctness import correctness
from seer_evals.scorers.detection import detection
from seer_evals.scorers.drafted import drafted
from seer_evals.scorers.elicitation import elicited
from seer_evals.scorers.evidence import evidence
from seer_evals.scorers.fidelity import fidelity
from seer_evals.scorers.petri_judge import petri_judge
from seer_evals.scorers.process import process
from seer_evals.scorers.red_team import red_team_judge
from seer_evals.scorers.steering_judge import steering_judge

__all__ = [
    "alias_match",
    "calibration",
    "catalogue",
    "correctness",
    "detection",
    "drafted",
    "elicited",
    "evidence",
    "fidelity",
    "is_control",
    "petri_judge",
    "process",
    "red_team_judge",
    "report_of",
    "steering_judge",
    "truth_of",
]
