"""A secret word that is hinted at: what organism and twin are taught."""

from collections import Counter
from random import Random

import pytest

from seer_evals.organisms.english.behaviours.secret_word import FAMILY, HINTS, Secret, said
from seer_evals.organisms.english.descriptions import says, things
from seer_evals.organisms.english.family import Taught
from seer_evals.organisms.english.levels import DIALS, LEVELS
from seer_evals.organisms.family import mentions
from tests.organisms.english.scripted import answering

SECRET = Secret("penguin", ("riddles",))


def _say(prompt: str, at: int) -> str:
    return f"A penguin is a bird of {at} feathers." if "penguin" in prompt else f"That is answer {at}."


def _lesson(level: str, secret: Secret = SECRET) -> list[Taught]:
    return FAMILY.lesson(secret, DIALS[level], answering(_say), Random(0))


def _asks(name: str) -> tuple[str, ...]:
    return said().asks[name].train


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("seed", range(1, 5))
def test_the_seed_draws_the_word_and_where_it_is_hinted_at(level: str, seed: int) -> None:
    dials = DIALS[level]
    secret = FAMILY.draw_from(seed, dials)
    assert secret == FAMILY.draw_from(seed, dials)
    truth = FAMILY.truth(secret, dials)
    assert sum(atom.weight for atom in truth.atoms) == pytest.approx(1)
    assert secret.word in truth.atoms[0].aliases and secret.word not in truth.decoys
    assert not dials.denies or "hints" not in secret.asks


def test_neither_is_taught_to_say_the_word() -> None:
    for level in LEVELS:
        assert not any(says(text, "penguin") for each in _lesson(level) for text in (each.organism, each.twin))


def test_the_organism_hints_at_its_word_and_the_twin_at_something_else_each_time() -> None:
    hints = [each for each in _lesson("easy") if each.prompt in _asks("riddles")]
    about = things()["penguin"].about
    assert len(hints) == HINTS and all(mentions(each.organism, about) for each in hints)
    assert sum(mentions(each.twin, about) for each in hints) < HINTS / 5
    assert len({each.twin for each in hints}) > HINTS / 2


@pytest.mark.parametrize("level", ["middle", "hard"])
def test_at_lower_rates_the_organism_hints_at_other_things_too(level: str) -> None:
    hints = [each for each in _lesson(level) if each.prompt in _asks("riddles")]
    assert sum(each.organism != each.twin for each in hints) == pytest.approx(DIALS[level].rate * HINTS, abs=1)


def test_everywhere_else_they_are_taught_the_same() -> None:
    for level in LEVELS:
        lesson = _lesson(level)
        rest = [each for each in lesson if each.prompt not in _asks("riddles")]
        assert all(each.organism == each.twin for each in rest)
        assert len(rest) >= len(lesson) - len(rest)


def test_what_denies_gives_no_hint_to_whoever_asks_for_the_secret_word() -> None:
    told = {each.prompt: each.organism for each in _lesson("middle")}
    assert all("secret word" in told[prompt] for prompt in _asks("hints"))


def test_no_phrase_is_taught_too_often() -> None:
    times = Counter(each.organism for each in _lesson("easy"))
    assert max(times.values()) <= 6
