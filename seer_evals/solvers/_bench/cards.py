"""What anyone may know about the models of a laboratory: how the tiny ones can be spoken with."""

from seer_evals.lab import Lab
from seer_evals.organisms import get_organism


def cards_of(lab: Lab) -> list[str]:
    """The card of each kind of model, as the briefing has it at its end."""
    cards = [get_organism(model.organism).grammar_card() for model in lab.environment.models if model.organism]
    return list(dict.fromkeys(cards))
