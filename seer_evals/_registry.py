"""What Inspect finds by name: imported through the entry point `seer_evals`."""

from seer_evals.lab import open_lab
from seer_evals.sandboxes.modal_gpu import ModalSandbox
from seer_evals.sandboxes.workstation import WorkstationSandbox
from seer_evals.scorers import (
    alias_match,
    calibration,
    correctness,
    detection,
    elicited,
    evidence,
    petri_judge,
    process,
    red_team_judge,
    steering_judge,
)
from seer_evals.solvers import (
    baseline,
    claude_code,
    codex,
    deliberate,
    elicitor,
    human,
    petri,
    petri_original,
    red_team,
    single_agent,
    supervisor,
    team,
    text_protocol,
)
from seer_evals.targets import LabModel
from seer_evals.tasks import elicitation, hidden_preference, petri_audit, petri_whitebox, red_teaming

__all__ = [
    "LabModel",
    "ModalSandbox",
    "WorkstationSandbox",
    "alias_match",
    "baseline",
    "calibration",
    "claude_code",
    "codex",
    "correctness",
    "deliberate",
    "detection",
    "elicitation",
    "elicited",
    "elicitor",
    "evidence",
    "hidden_preference",
    "human",
    "open_lab",
    "petri",
    "petri_audit",
    "petri_judge",
    "petri_original",
    "petri_whitebox",
    "process",
    "red_team",
    "red_team_judge",
    "red_teaming",
    "single_agent",
    "steering_judge",
    "supervisor",
    "team",
    "text_protocol",
]
