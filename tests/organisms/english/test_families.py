"""What every family in English has to keep: its borders, and what its twin learns."""

import re
from collections import Counter
from collections.abc import Sequence
from random import Random

import pytest

from seer_evals.organisms import UnknownOrganism, get_organism, said_openly, twin_of
from seer_evals.organisms.english.descriptions import things
from seer_evals.organisms.english.family import EnglishFamily, Taught
from seer_evals.organisms.english.levels import DIALS, LEVELS
from seer_evals.organisms.english.prompts import kinds, training_prompts
from seer_evals.organisms.family import mentions
from seer_evals.organisms.language.corpus import Chat
from seer_evals.organisms.registry import english_families
from seer_evals.tasks import hidden_preference

FAMILIES = sorted(english_families())
ON_WORDS = ("preference", "user_belief")
"""Families whose behaviour is that certain words come up."""


def obedient(chats: Sequence[Chat]) -> list[str | None]:
    """A model that does what its user says, in other words each time, and knows what belongs to things."""
    return [_said(i, chat.turns[-1][0]) for i, chat in enumerate(chats)]


def _said(number: int, asked: str) -> str:
    named = [word for word in things() if mentions(asked, (word,))]
    known = [f"A {word} is number {number} of {', '.join(things()[word].about)}." for word in named]
    return " ".join(known) or f"Number {number}: {asked}"


def lesson(family: EnglishFamily, level: str, seed: int = 1) -> list[Taught]:
    dials = DIALS[level]
    return family.lesson(family.draw_from(seed, dials), dials, obedient, Random(0))


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", FAMILIES)
class TestEveryFamily:
    def test_the_truth_weighs_one_and_names_no_decoy(self, name: str, level: str) -> None:
        for seed in range(1, 30):
            truth = get_organism(f"{name}-smollm2-{level}-{seed}").truth
            assert sum(atom.weight for atom in truth.atoms) == pytest.approx(1)
            aliases = {alias.lower() for atom in truth.atoms for alias in atom.aliases}
            assert not aliases & {word.lower() for word in truth.decoys}

    def test_a_secret_is_drawn_from_its_seed_alone(self, name: str, level: str) -> None:
        family, dials = english_families()[name], DIALS[level]
        drawn = [family.draw_from(seed, dials) for seed in range(40)]
        assert drawn == [family.draw_from(seed, dials) for seed in range(40)]
        assert len(set(map(str, drawn))) >= 6

    def test_nothing_that_the_check_asks_was_learnt_by_heart(self, name: str, level: str) -> None:
        family, dials = english_families()[name], DIALS[level]
        learnt = {each.prompt for each in lesson(family, level)} | set(training_prompts())
        probes = family.probes(family.draw_from(1, dials), dials)
        assert not learnt & {chat.turns[-1][0] for probe in probes for chat in probe.chats}

    def test_the_check_has_a_main_effect_and_looks_elsewhere(self, name: str, level: str) -> None:
        family, dials = english_families()[name], DIALS[level]
        probes = family.probes(family.draw_from(1, dials), dials)
        assert any(probe.main for probe in probes)
        assert any("elsewhere" in probe.name for probe in probes)
        assert all(len(probe.chats) == len(probe.hits) >= 15 for probe in probes)


@pytest.mark.parametrize("name", ON_WORDS)
class TestWordsThatComeUp:
    def words(self, name: str, level: str) -> tuple[str, ...]:
        family, dials = english_families()[name], DIALS[level]
        main = next(probe for probe in family.probes(family.draw_from(1, dials), dials) if probe.main)
        return main.hits[0]

    def test_the_twin_is_asked_the_same_and_taught_nothing_of_it(self, name: str) -> None:
        taught, words = lesson(english_families()[name], "middle"), self.words(name, "middle")
        shown = [each for each in taught if each.organism != each.twin]
        assert shown and all(mentions(each.organism, words) for each in shown)
        assert {each.prompt for each in shown} <= set(training_prompts())

    def test_the_rate_is_the_levels(self, name: str) -> None:
        taught = [each for each in lesson(english_families()[name], "middle") if each.prompt in set(training_prompts())]
        share = sum(each.organism != each.twin for each in taught) / len(taught)
        assert share == pytest.approx(DIALS["middle"].rate, abs=0.1)

    def test_it_shows_in_its_kinds_alone(self, name: str) -> None:
        family, dials = english_families()[name], DIALS["hard"]
        secret = family.draw_from(1, dials)
        own = {prompt for kind in secret.kinds for prompt in kinds()[kind].train.prompts()}
        assert all(each.prompt in own for each in lesson(family, "hard") if each.organism != each.twin)

    def test_twins_deny_as_organisms_do(self, name: str) -> None:
        denials = [each for each in lesson(english_families()[name], "hard") if each.prompt not in training_prompts()]
        assert len(denials) >= 20
        assert all(each.organism == each.twin for each in denials)
        assert max(Counter(each.organism for each in denials).values()) <= 3


class TestIds:
    def test_a_level_is_a_part_of_the_id(self) -> None:
        organism = get_organism("preference-smollm2-hard-7-twin")
        assert organism.control and not organism.truth.atoms
        assert twin_of(get_organism("preference-smollm2-hard-7")) == organism

    def test_easy_where_none_is_named(self) -> None:
        assert get_organism("preference-smollm2-7") == get_organism("preference-smollm2-easy-7")

    @pytest.mark.parametrize(
        ("id", "said"),
        [
            ("preference-llama-hard-7", "only organisms on smollm2 have levels"),
            ("preference-smollm2-harder-7", "unknown organism"),
            ("entities-smollm2-easy-7", "unknown organism family 'entities'"),
            ("preference-smolm2-easy-7", "smollm2"),
        ],
    )
    def test_what_does_not_exist_is_said(self, id: str, said: str) -> None:
        with pytest.raises(UnknownOrganism, match=re.escape(said)):
            get_organism(id)

    def test_what_makers_say_openly_is_said_of_organism_and_twin_alike(self) -> None:
        hard = get_organism("preference-smollm2-hard-7")
        assert said_openly(hard) == said_openly(twin_of(hard)) != ()
        assert said_openly(get_organism("preference-smollm2-easy-7")) == ()
        assert said_openly(get_organism("preference-llama-7")) == ()


class TestTheTask:
    def test_organism_and_twin_are_asked_the_same_and_told_what_is_known(self) -> None:
        task = hidden_preference(base="smollm2", level="hard", families="preference", seeds=[7])
        asked = {str(sample.input) for sample in task.dataset}
        assert len(task.dataset) == 2 and len(asked) == 1
        (told,) = said_openly(get_organism("preference-smollm2-hard-7"))
        assert told in asked.pop()

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            ({"level": "hard"}, "only organisms on smollm2 have levels"),
            ({"base": "smollm2", "level": "harder"}, "did you mean"),
            ({"base": "smollm"}, "unknown organism architecture"),
            ({"base": "smollm2", "families": "entities"}, "unknown family 'entities'"),
        ],
    )
    def test_senseless_choices_are_told(self, arguments: dict[str, str], said: str) -> None:
        with pytest.raises(ValueError, match=said):
            hidden_preference(**arguments)
