"""What Inspect finds by name: imported through the entry point `seer_evals`."""

from seer_evals.lab import open_lab
from seer_evals.local_models import seer
from seer_evals.sandboxes.modal_gpu import ModalSandbox
from seer_evals.sandboxes.workstation import WorkstationSandbox
from seer_evals.scorers import (
    alias_match,
    calibration,
    catalogue,
    correctness,
    detection,
    drafted,
    elicited,
    evidence,
    fidelity,
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
    drafter,
    elicitor,
    human,
    petri,
    petri_original,
    red_team,
    single_agent,
    supervisor,
    team,
    technique,
    text_protocol,
)
from seer_evals.targets import LabModel
from seer_evals.tasks import hidden_preference, petri_audit, petri_whitebox, red_teaming
from seer_evals.tasks.activation_addition import activation_addition
from seer_evals.tasks.activation_oracle import activation_oracle
from seer_evals.tasks.auditing_game import auditing_game
from seer_evals.tasks.censored_facts import censored_facts
from seer_evals.tasks.elicitation import elicitation
from seer_evals.tasks.introspection import introspection
from seer_evals.tasks.known_entities import known_entities
from seer_evals.tasks.loss_curvature import loss_curvature
from seer_evals.tasks.model_diffing import model_diffing
from seer_evals.tasks.paper_draft import paper_draft
from seer_evals.tasks.persona_vector import persona_vector
from seer_evals.tasks.refusal_catalogue import refusal_catalogue
from seer_evals.tasks.refusal_direction import refusal_direction
from seer_evals.tasks.secret_word import secret_word

__all__ = [
    "LabModel",
    "ModalSandbox",
    "WorkstationSandbox",
    "activation_addition",
    "activation_oracle",
    "alias_match",
    "auditing_game",
    "baseline",
    "calibration",
    "catalogue",
    "censored_facts",
    "claude_code",
    "codex",
    "correctness",
    "deliberate",
    "detection",
    "drafted",
    "drafter",
    "elicitation",
    "elicited",
    "elicitor",
    "evidence",
    "fidelity",
    "hidden_preference",
    "human",
    "introspection",
    "known_entities",
    "loss_curvature",
    "model_diffing",
    "open_lab",
    "paper_draft",
    "persona_vector",
    "petri",
    "petri_audit",
    "petri_judge",
    "petri_original",
    "petri_whitebox",
    "process",
    "red_team",
    "red_team_judge",
    "red_teaming",
    "refusal_catalogue",
    "refusal_direction",
    "secret_word",
    "seer",
    "single_agent",
    "steering_judge",
    "supervisor",
    "team",
    "technique",
    "text_protocol",
]
