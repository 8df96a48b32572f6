"""What anyone may know about the models of a laboratory: how the tiny ones can be spoken with."""

from seer_evals.lab import Lab, cards_of


def card_texts(lab: Lab) -> list[str]:
    """All of the card of each kind of model, for whoever has no file of it."""
    return [card.text for card in cards_of(lab.environment)]
