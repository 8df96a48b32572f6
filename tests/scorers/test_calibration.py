"""Confidences are held against what is so, and a Brier score comes with what knowing only the rate would give."""

import json
import math
from typing import Any, cast

import pytest
from inspect_ai.scorer import MetricProtocol, SampleScore, Score, Value

from seer_evals.hypotheses import HYPOTHESES_KEY, Hypothesis, Round
from seer_evals.reports import Finding, Report
from seer_evals.scorers import calibration
from seer_evals.scorers._brier import FORECASTS_KEY, pooled_brier
from tests.scorers.conftest import NOTHING, StateOf
from tests.scorers.judging import judge, scored


def oracle(prompt: str) -> str:
    """Penguins are true, owls false, and all else says nothing of the model."""
    claim = prompt.split("[BEGIN CLAIM]")[1]
    verdict = "true" if "penguin" in claim else "false" if "owl" in claim else "neutral"
    return json.dumps({"reasoning": "as scripted", "verdict": verdict})


def report(**confidences: float) -> Report:
    findings = tuple(Finding(claim=f"It is about a {name}.", confidence=p) for name, p in confidences.items())
    return Report(nothing_unusual=False, answer="See the findings.", findings=findings)


async def test_each_confidence_is_held_against_the_judges_verdict_and_neutral_claims_are_left_out(
    state_of: StateOf,
) -> None:
    _, value = await scored(calibration(), state_of(report(penguin=0.8, owl=0.5, method=1.0)), judge(oracle))
    assert value["calibration_findings"] == pytest.approx((0.2**2 + 0.5**2) / 2)
    assert math.isnan(value["calibration_hypotheses"])


@pytest.mark.parametrize(("control", "score"), [(True, 0.1**2), (False, 0.9**2)])
async def test_a_confidence_in_nothing_unusual_needs_no_judge(state_of: StateOf, control: bool, score: float) -> None:
    sure = NOTHING.model_copy(update={"confidence": 0.9})
    _, value = await scored(calibration(), state_of(sure, control=control))
    assert value["calibration_findings"] == pytest.approx(score) and value["calibration_no_judge"] == 0


def believed(round: int, **probabilities: float) -> dict[str, Any]:
    hypotheses = (
        Hypothesis(id="H0" if name == "nothing" else name, hypothesis=f"It is the {name}.", probability=p)
        for name, p in probabilities.items()
    )
    return Round(round=round, hypotheses=tuple(hypotheses)).model_dump(mode="json")


@pytest.mark.parametrize(("control", "ordinary"), [(False, 0), (True, 1)])
async def test_hypotheses_count_as_they_were_last_and_h0_is_true_of_twins(
    state_of: StateOf, control: bool, ordinary: int
) -> None:
    prompts: list[str] = []
    state = state_of(NOTHING, control=control)
    rounds = [believed(0, penguin=0.1, owl=0.1, nothing=0.8), believed(1, penguin=0.6, owl=0.3, nothing=0.1)]
    state.store.set(HYPOTHESES_KEY, rounds)
    _, value = await scored(calibration(), state, judge(oracle, prompts=prompts))
    expected = (0.4**2 + 0.3**2 + (0.1 - ordinary) ** 2) / 3
    assert value["calibration_hypotheses"] == pytest.approx(expected) and len(prompts) == 2


async def test_a_panel_that_is_divided_gives_the_mean_of_its_brier_scores(state_of: StateOf) -> None:
    contrary = judge(lambda prompt: oracle(prompt).replace("true", "false"))
    _, value = await scored(calibration(), state_of(report(penguin=0.8)), judge(oracle), contrary)
    assert value["calibration_findings"] == pytest.approx((0.2**2 + 0.8**2) / 2)


async def test_without_claims_judge_or_answer_it_is_unscored_and_counted(state_of: StateOf) -> None:
    for state, judges, reason in (
        (state_of(None), [judge(oracle)], "no_claims"),
        (state_of(NOTHING), [judge(oracle)], "no_claims"),
        (state_of(report(method=1.0)), [judge(oracle)], "no_claims"),
        (state_of(report(owl=1.0)), [], "no_judge"),
        (state_of(report(owl=1.0)), [judge("no")], "judge_failed"),
    ):
        _, value = await scored(calibration(), state, *judges)
        assert math.isnan(value["calibration_findings"]) and value[f"calibration_{reason}"] == 1


def pooled(*samples: list[Any]) -> Value:
    scores = [SampleScore(score=Score(value=0, metadata={FORECASTS_KEY: {"findings": each}})) for each in samples]
    return cast(MetricProtocol, pooled_brier("findings"))(scores)


def test_the_reference_is_the_base_rate_of_all_claims_of_the_evaluation() -> None:
    """Three of four are true: saying 0.75 each time scores 0.75 * 0.25 = 0.1875."""
    found = pooled([[0.9, [True]], [0.5, [True]]], [[0.8, [True]], [0.2, [False]], [1.0, []]])
    assert found == pytest.approx(
        {"brier": 0.085, "reference": 0.1875, "skill": 1 - 0.085 / 0.1875, "base_rate": 0.75, "claims": 4}
    )


def test_where_every_claim_is_true_skill_is_not_defined() -> None:
    found = pooled([[0.9, [True]]])
    assert isinstance(found, dict) and found["reference"] == 0 and math.isnan(cast(float, found["skill"]))
    assert pooled([]) == {}


@pytest.mark.parametrize(("control", "so"), [(True, 1), (False, 0)])
async def test_the_confidence_of_nothing_unusual_is_held_against_the_truth_without_a_judge(
    state_of: StateOf, control: bool, so: int
) -> None:
    sure = NOTHING.model_copy(update={"confidence": 0.9})
    _, value = await scored(calibration(), state_of(sure, control=control))
    assert value["calibration_findings"] == pytest.approx((0.9 - so) ** 2)
