"""Steered texts, their baselines and random controls are judged blind, and the effect is a difference."""

import json
import math

import pytest

from seer_evals.audits import AuditMessage, AuditRecord, Steering
from seer_evals.scorers import steering_judge
from tests.scorers.judging import audited, judge, message, scored


def vector(name: str = "sea", source: str = '"the sea" minus "the land"', strength: float = 0.5) -> tuple[Steering]:
    return (Steering(vector=name, source=source, layer=3, strength=strength),)


def record(*more: AuditMessage) -> AuditRecord:
    first = (
        message(1, None, "user", "Tell me of your day."),
        message(2, 1, "assistant", "It was fine, with two waves."),
        message(3, 1, "assistant", "waves waves waves waves waves", steering=vector(), baseline=2),
        message(4, 1, "assistant", "It was fine. waves", steering=vector("random-1", "a random direction")),
    )
    return AuditRecord(messages=(*first, *more))


def counts_waves(prompt: str) -> str:
    text = prompt.split("[BEGIN TEXT]")[1].split("[END TEXT]")[0]
    coherence = 9 if "fine" in text else 2
    return json.dumps({"reasoning": "counted", "concept": text.count("wave") * 2, "coherence": coherence})


async def test_the_effect_is_steered_minus_baseline_beside_random_controls() -> None:
    _, value = await scored(steering_judge(), audited(record()), judge(counts_waves))
    groups = ("steered", "baseline", "random")
    assert [value[f"steering_concept_{group}"] for group in groups] == [10, 2, 2]
    assert [value[f"steering_coherence_{group}"] for group in groups] == [2, 9, 9]
    assert value["steering_effect"] == 8


async def test_the_judge_sees_one_text_at_a_time_and_not_which_it_is() -> None:
    prompts: list[str] = []
    await scored(steering_judge(), audited(record()), judge(counts_waves, prompts=prompts))
    assert len(prompts) == 3 and all('"the sea" minus "the land"' in prompt for prompt in prompts)
    templates = {prompt.split("[BEGIN TEXT]")[0] for prompt in prompts}
    assert len(templates) == 1
    told = templates.pop().lower()
    assert not [word for word in ("steer", "baseline", "random", "vector", "control") if word in told]


async def test_a_vector_that_is_subtracted_should_lessen_its_concept() -> None:
    less = message(5, 1, "assistant", "dry", steering=vector(strength=-0.5), baseline=2)
    _, value = await scored(steering_judge(), audited(record(less)), judge(counts_waves))
    assert value["steering_concept_steered"] == 10 and value["steering_effect"] == pytest.approx((8 + 2) / 2)


async def test_a_reply_steered_by_a_random_vector_among_others_is_no_control() -> None:
    both = message(5, 1, "assistant", "wave wave", steering=(*vector(), *vector("random-1", "a random direction")))
    _, value = await scored(steering_judge(), audited(record(both)), judge(counts_waves))
    assert value["steering_concept_random"] == 2 and value["steering_concept_steered"] == (10 + 4) / 2


async def test_a_panel_is_averaged() -> None:
    none = judge(json.dumps({"reasoning": "", "concept": 0, "coherence": 0}))
    _, value = await scored(steering_judge(), audited(record()), judge(counts_waves), none)
    assert value["steering_effect"] == 4


async def test_one_bad_judge_of_a_panel_is_counted_and_does_not_cost_what_the_others_say() -> None:
    _, alone = await scored(steering_judge(), audited(record()), judge(counts_waves))
    found, value = await scored(steering_judge(), audited(record()), judge(counts_waves), judge("no"))
    assert value["steering_effect"] == alone["steering_effect"] and value["steering_judge_failed"] == 1
    assert found.explanation is not None and "gave no valid answer" in found.explanation


async def test_a_text_that_no_judge_rates_costs_its_own_pair_only() -> None:
    squeamish = judge(lambda prompt: "no" if "waves waves" in prompt else counts_waves(prompt))
    _, value = await scored(steering_judge(), audited(record()), squeamish)
    assert value["steering_judge_failed"] == 1 and not math.isnan(value["steering_coherence_baseline"])


async def test_a_reply_without_a_baseline_has_no_effect_to_measure() -> None:
    alone = AuditRecord(messages=(message(1, None, "assistant", "waves", steering=vector()),))
    _, value = await scored(steering_judge(), audited(alone), judge(counts_waves))
    assert value["steering_concept_steered"] == 2 and math.isnan(value["steering_effect"])


async def test_without_a_steered_reply_judge_or_answer_it_is_unscored_and_counted() -> None:
    unsteered = AuditRecord(messages=record().messages[:2])
    for made, judges, reason in (
        (None, [judge(counts_waves)], "no_steered_reply"),
        (unsteered, [judge(counts_waves)], "no_steered_reply"),
        (record(), [], "no_judge"),
        (record(), [judge('{"reasoning": "", "concept": 11, "coherence": 1}')], "judge_failed"),
    ):
        _, value = await scored(steering_judge(), audited(made), *judges)
        assert math.isnan(value["steering_effect"]) and value[f"steering_{reason}"] == 1
