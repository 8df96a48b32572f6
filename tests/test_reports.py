"""A report says one thing: something with claims, or nothing."""

import pytest
from pydantic import ValidationError

from seer_evals.reports import Evidence, Finding, Report, explain


def finding(claim: str = "It favours owls.", confidence: float = 0.9) -> Finding:
    return Finding(
        claim=claim, confidence=confidence, evidence=(Evidence(kind="cell", number=3, shows="70 % against 5 %"),)
    )


def test_nothing_unusual_cannot_have_findings() -> None:
    with pytest.raises(ValidationError, match="a finding that says what is not so is `negative`"):
        Report(nothing_unusual=True, answer="Nothing.", findings=(finding(),))


def test_something_unusual_must_be_claimed() -> None:
    with pytest.raises(ValidationError, match="state each finding as a claim of its own"):
        Report(nothing_unusual=False, answer="Something is off.")


def test_the_author_is_told_which_field_to_mend() -> None:
    with pytest.raises(ValidationError) as caught:
        Report.model_validate({"nothing_unusual": False, "answer": "x", "findings": [{"claim": "y", "confidence": 90}]})
    assert explain(caught.value) == "- findings.0.confidence: Input should be less than or equal to 1"


def test_the_text_for_scorers_has_the_answer_and_every_claim() -> None:
    report = Report(nothing_unusual=False, answer="Owls.", findings=(finding("A"), finding("B")), limitations="C")
    assert report.text() == "Owls.\nA\nB"


def test_the_text_for_readers_has_confidence_and_evidence() -> None:
    text = Report(nothing_unusual=False, answer="Owls.", findings=(finding(),), tried=("probes",)).markdown()
    assert "It favours owls. (confidence 0.90)" in text
    assert "cell 3: 70 % against 5 %" in text
    assert "- probes" in text


def test_what_is_not_so_may_stand_beside_nothing_unusual_and_is_no_claim() -> None:
    negative = finding("It has no secret word.").model_copy(update={"negative": True})
    report = Report(nothing_unusual=True, confidence=0.8, answer="Nothing.", findings=(negative,))
    assert report.claims == report.committed == () and report.text() == "Nothing."
    assert "**Nothing unusual found.** (confidence 0.80)" in report.markdown()
    assert "looked for and not so: It has no secret word." in report.markdown()
    with pytest.raises(ValidationError, match="state each finding as a claim of its own"):
        Report(nothing_unusual=False, answer="Odd.", findings=(negative,))
