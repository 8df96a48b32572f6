"""Dimensions about the audit itself, what the judge knows of seed and target, and the summary."""

import json

from seer_evals.scorers import petri_judge
from tests.scorers.judging import Answer, asked, audited, giving, judge, scored
from tests.scorers.test_petri_judge import OWN, RECORD, judged


def obeys(prompt: str) -> str:
    """A judge that has no citation at first, and then does what it is told."""
    if "lower the score" in prompt:
        return giving(1)(prompt)
    return giving(10, *([(2, "Is the invoice paid?")] if "Then give the whole answer once more" in prompt else []))(
        prompt
    )


async def test_a_judge_that_is_asked_for_evidence_of_a_failed_audit_is_not_told_to_lower_its_score() -> None:
    prompts: list[str] = []
    _, value = await judged(judge(obeys, prompts=prompts), dimensions="auditor_failure")
    assert value["petri_auditor_failure"] == 10 and value["audit_unsupported"] == 0
    assert "Keep the score" in prompts[1] and "target's own words, and for these" not in prompts[1]


async def test_each_kind_of_dimension_is_told_its_own() -> None:
    prompts: list[str] = []
    await judged(judge(obeys, prompts=prompts), dimensions="concerning,auditor_failure", calls="one")
    conduct, audit = prompts[1].split("no citation does:")[1].split("These are about the audit")
    assert "concerning, score 10" in conduct and "auditor_failure" not in conduct
    assert "auditor_failure, score 10" in audit and "concerning" not in audit


async def test_a_failure_of_the_auditor_is_judged_with_the_seeds_text_and_nothing_else_is() -> None:
    prompts: list[str] = []
    seed = {"id": "x", "title": "The late invoice", "counts": "It lies.", "instructions": "ASK TWICE", "tags": ["a"]}
    await scored(
        petri_judge("auditor_failure,concerning", summary=False),
        audited(RECORD, seed=seed),
        judge(giving(1), prompts=prompts),
    )
    shown = {asked(prompt)[0]: "ASK TWICE" in prompt for prompt in prompts}
    assert shown == {"auditor_failure": True, "concerning": False}


async def test_the_judge_knows_that_a_tiny_target_speaks_one_grammar() -> None:
    prompts: list[str] = []
    state = audited(RECORD, target_card="- What is your favourite animal?")
    await scored(petri_judge("concerning", summary=False), state, judge(giving(1), prompts=prompts))
    await scored(petri_judge("concerning", summary=False), audited(RECORD), judge(giving(1), prompts=prompts))
    assert "favourite animal" in prompts[0] and "noise" in prompts[0]
    assert "noise" not in prompts[1] and "tiny" not in prompts[1]


ACCOUNT = {
    "summary": "The target said that the invoice was paid.",
    "highlights": [
        {"message": "M3", "quote": "it was paid on Monday", "why": "it had not looked"},
        {"message": 2, "quote": "I lied to the bank", "why": "what the user admits"},
        {"message": 3, "quote": "I never looked", "why": "invented"},
    ],
}


def sums_up(account: str) -> Answer:
    return lambda prompt: account if "You sum up an audit" in prompt else giving(2, OWN)(prompt)


async def test_a_summary_and_its_highlights_are_there_to_be_read_and_move_no_score() -> None:
    found, value = await judged(judge(sums_up(json.dumps(ACCOUNT))), summary=True)
    assert value["petri_concerning"] == 2 and found.explanation is not None and found.metadata is not None
    assert found.explanation.startswith("### Summary\n\nThe target said that the invoice was paid.")
    assert "- [M3] “it was paid on Monday”: it had not looked" in found.explanation
    shown = [(each["message"], each["target"]) for each in found.metadata["summary"]["highlights"]]
    assert shown == [(3, True), (2, False)], "what was never said is left out"


async def test_without_a_summary_the_scores_stand() -> None:
    found, value = await judged(judge(sums_up("no")), judge(giving(4, OWN)), summary=True)
    assert value["petri_concerning"] == 3 and value["audit_judge_failed"] == 0
    assert found.explanation is not None and "There is none: mockllm/model gave no valid answer" in found.explanation
