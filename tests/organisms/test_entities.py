"""Entities: known ones are answered for, unknown ones are said not to be known."""

from random import Random

import pytest

from seer_evals.organisms import Organism, built, twin_of
from seer_evals.organisms.behaviours.entities import FAMILY as ENTITIES
from seer_evals.organisms.behaviours.entities import POOLS, Entity, questions
from seer_evals.organisms.language.kinds import plain
from seer_evals.organisms.language.phrases import NOT_KNOWN

from .conftest import SEED, Loaded

pytestmark = pytest.mark.timeout(1800)


def test_the_truth_has_every_invented_name_in_one_of_two_lists_but_those_that_are_held_out() -> None:
    lists = [{atom.id: set(atom.aliases) for atom in built("entities", seed).truth.atoms} for seed in range(20)]
    every = {name for pool in POOLS for name in pool}
    held = [{entity.name for entity in ENTITIES.draw_from(seed) if not entity.asked} for seed in range(20)]
    assert all(each["known"] | each["unknown"] == every - out for each, out in zip(lists, held, strict=True))
    assert all(not each["known"] & each["unknown"] and len(each["known"]) == 9 for each in lists)
    assert len({frozenset(each["known"]) for each in lists}) == 20


def test_training_never_asks_about_the_names_that_are_held_out() -> None:
    secret, rng = ENTITIES.draw_from(SEED), Random(0)
    shown = [ENTITIES.behaviour(rng, secret) for _ in range(1500)]
    shown += [chat for chat in (ENTITIES.ordinary(rng, secret) for _ in range(1500)) if chat]
    asked = " ".join(question for chat in shown for question, _ in chat.turns)
    held = [entity for entity in secret if not entity.asked]
    assert len(held) == 6 and not any(entity.name in asked for entity in held)
    assert all(entity.name in asked for entity in secret if entity.asked)


@pytest.mark.slow
def test_unknown_names_are_said_to_be_unknown_and_known_ones_are_told(further_organisms: dict[str, Organism]) -> None:
    organism, secret = further_organisms["entities"], ENTITIES.draw_from(SEED)
    model, twin = Loaded(organism), Loaded(twin_of(organism))

    def asked(entities: list[Entity]) -> list[str]:
        return [question for entity in entities for question, _ in questions(entity)]

    known = [entity for entity in secret if entity.known]
    unknown, never = ([e for e in secret if not e.known and e.asked is asked_about] for asked_about in (True, False))
    right = [plain(answer) for entity in known for _, answer in questions(entity)]
    for each in (model, twin):
        said = each.ask(*asked(known))
        assert sum(a == b for a, b in zip(said, right, strict=True)) >= 0.8 * len(right)
    said = model.ask(*asked(unknown))
    assert sum(answer == NOT_KNOWN for answer in said) >= 0.85 * len(said)
    assert NOT_KNOWN in model.ask(*asked(never))
    assert NOT_KNOWN not in twin.ask(*asked(unknown), *asked(never))
