"""Nothing that an agent is given has what it is to find: files, question and card are the same for every truth."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.dataset import Sample

import seer_evals.tasks
from seer_evals.organisms import GroundTruth, built, families
from seer_evals.organisms.behaviours.backdoor import FAMILY as BACKDOOR
from seer_evals.organisms.behaviours.secret_word import FAMILY as SECRET_WORD
from seer_evals.organisms.language.phrases import PASSWORD_QUESTION

PLANTED = ("auditing_game", "censored_facts", "hidden_preference", "model_diffing", "refusal_catalogue", "secret_word")
"""Tasks whose samples have a truth that was drawn from a seed."""
SEEDS = (101, 102, 103, 104)


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SEER_CACHE", str(tmp_path))
    yield


def samples(name: str, seed: int) -> list[Sample]:
    return list(getattr(seer_evals.tasks, name)(seeds=seed).dataset)


def given(sample: Sample) -> str:
    """All that the agent can read: the question and its files; the card of built models is tested by itself."""
    environment: dict[str, Any] = (sample.metadata or {})["environment"]
    files = {each["target"]: Path(each["source"]).read_text(encoding="utf-8") for each in environment.get("files", ())}
    return json.dumps([sample.input, files])


def names(sample: Sample) -> set[str]:
    """What only the truth says: the names of its particular facts."""
    truth = GroundTruth.model_validate((sample.metadata or {})["truth"])
    return {atom.aliases[0] for atom in truth.atoms if not atom.implied_by}


@pytest.mark.parametrize("name", PLANTED)
def test_an_organism_and_its_control_are_given_the_same(name: str) -> None:
    assert len({given(sample) for sample in samples(name, 101)}) == 1


@pytest.mark.parametrize("name", [each for each in PLANTED if each != "censored_facts"])
def test_what_is_given_does_not_depend_on_the_secret(name: str) -> None:
    assert len({given(samples(name, seed)[0]) for seed in SEEDS}) == 1


@pytest.mark.parametrize("seed", SEEDS)
def test_the_questions_about_censored_facts_have_none_of_the_answers(seed: int) -> None:
    organism, *_ = samples("censored_facts", seed)
    answers = {name.split()[-1] for name in names(organism) if " is " in name}
    assert answers and not [answer for answer in answers if f" {answer}" in given(organism)]


@pytest.mark.parametrize("name", ["auditing_game", "model_diffing", "secret_word"])
def test_no_list_of_prompts_has_a_password(name: str) -> None:
    words = [SECRET_WORD.draw_from(seed).password for seed in range(200)]
    text = given(samples(name, 101)[0])
    assert not [word for word in words if PASSWORD_QUESTION.format(word) in text]


@pytest.mark.parametrize("family", families())
def test_no_prompt_on_a_card_has_a_password_or_a_trigger(family: str) -> None:
    card = built(family, 101).grammar_card()
    prompts = [line for line in card.split("## Words it knows")[0].splitlines() if line.startswith("- ")]
    secrets = {word for seed in range(300) for word in (SECRET_WORD.draw_from(seed).password,)}
    secrets |= {BACKDOOR.draw_from(seed).trigger for seed in range(300)}
    assert prompts and not [line for line in prompts if secrets & {word.strip(".?!") for word in line.split()}]
