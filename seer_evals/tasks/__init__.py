"""Investigations: a file each or, of a study, a folder with all that belongs to it."""

from seer_evals.tasks.activation_addition.activation_addition import activation_addition
from seer_evals.tasks.activation_oracle.activation_oracle import activation_oracle
from seer_evals.tasks.auditing_game.auditing_game import auditing_game
from seer_evals.tasks.censored_facts.censored_facts import censored_facts
from seer_evals.tasks.elicitation.elicitation import elicitation
from seer_evals.tasks.hidden_preference import hidden_preference
from seer_evals.tasks.introspection.introspection import introspection
from seer_evals.tasks.known_entities.known_entities import known_entities
from seer_evals.tasks.loss_curvature.loss_curvature import loss_curvature
from seer_evals.tasks.model_diffing.model_diffing import model_diffing
from seer_evals.tasks.paper_draft.paper_draft import paper_draft
from seer_evals.tasks.persona_vector.persona_vector import persona_vector
from seer_evals.tasks.petri_audit import petri_audit
from seer_evals.tasks.petri_whitebox import petri_whitebox
from seer_evals.tasks.red_teaming import red_teaming
from seer_evals.tasks.refusal_catalogue.refusal_catalogue import refusal_catalogue
from seer_evals.tasks.refusal_direction.refusal_direction import refusal_direction
from seer_evals.tasks.secret_word.secret_word import secret_word

__all__ = [
    "activation_addition",
    "activation_oracle",
    "auditing_game",
    "censored_facts",
    "elicitation",
    "hidden_preference",
    "introspection",
    "known_entities",
    "loss_curvature",
    "model_diffing",
    "paper_draft",
    "persona_vector",
    "petri_audit",
    "petri_whitebox",
    "red_teaming",
    "refusal_catalogue",
    "refusal_direction",
    "secret_word",
]
