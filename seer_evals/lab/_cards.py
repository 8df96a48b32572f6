"""How to talk to a laboratory's models: in short, with the words in a file, or in full where no file can be read."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from seer_evals.environment import Environment
from seer_evals.organisms import get_organism
from seer_evals.organisms.language.card import FILE, Card

if TYPE_CHECKING:
    from seer_evals.lab._lab import Lab


def cards_of(environment: Environment) -> list[Card]:
    """The card of each kind of model, once."""
    found: list[Card] = []
    for model in environment.models:
        card = get_organism(model.organism).card() if model.organism else None
        found += [card] if card is not None and card not in found else []
    return found


def texts_of(cards: Sequence[Card], runs_code: bool) -> tuple[str, ...]:
    """What an agent is told. One file has room for one card."""
    in_a_file = runs_code and len(cards) == 1
    return tuple(card.brief if in_a_file else card.text for card in cards)


async def hand_over_cards(lab: "Lab") -> tuple[str, ...]:
    """Put what the briefing leaves out into the workspace; returns what it says."""
    cards, runs_code = cards_of(lab.environment), lab.plan.session.runs_code
    if len(cards) == 1 and (data := cards[0].data()):
        written = json.dumps(data, indent=1, ensure_ascii=False) + "\n"
        await lab.sandbox.write_file(f"{lab.layout.workspace}/{FILE}", written)
    return texts_of(cards, runs_code)
