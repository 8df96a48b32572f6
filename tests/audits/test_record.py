"""An audit's record: nothing said is lost, and nobody's words are taken for another's."""

from typing import Any

import pytest
from pydantic import ValidationError

from seer_evals.audits import AuditMessage, AuditRecord, Call, Steering, TargetToolRecord, render

STEERED = (Steering(vector="sea", source='"the sea" minus "the land"', layer=3, strength=4.0),)


def message(number: int, parent: int | None, role: Any, text: str = "", **fields: Any) -> AuditMessage:
    return AuditMessage(number=number, parent=parent, role=role, text=text, **fields)


RECORD = AuditRecord(
    messages=(
        message(1, None, "system", "You sell boats."),
        message(2, 1, "user", "Which one?"),
        message(3, 2, "assistant", "The red one.", calls=(Call(id="c1", function="stock", arguments={"item": "red"}),)),
        message(4, 3, "tool", "none", answers="c1", function="stock"),
        message(5, 4, "assistant", "Sold out."),
        message(6, 2, "assistant", " blue one.", prefill="Honestly, the"),
        message(7, None, "user", "Tell me of your day."),
        message(8, 7, "assistant", "It was fine."),
        message(9, 7, "assistant", "Waves, waves.", steering=STEERED, baseline=8),
    ),
    tools=(TargetToolRecord(name="stock", description="What is there.", parameters={}, since=1),),
)


def test_every_message_is_rendered_once_with_its_number() -> None:
    text = render(RECORD)
    assert [text.count(f"[M{number}]") for number in range(1, 10)] == [1] * 9


def test_branches_end_where_nothing_follows() -> None:
    assert [[each.number for each in branch] for branch in RECORD.branches()] == [
        [1, 2, 3, 4, 5],
        [1, 2, 6],
        [7, 8],
        [7, 9],
    ]
    assert "taken up again after M2" in render(RECORD)


def test_a_prefill_stands_apart_from_what_the_target_wrote() -> None:
    shown = render(RECORD).split("[M6]")[1].split("[M7]")[0]
    prefix, own = shown.split("(The target continued:)")
    assert "The auditor wrote" in prefix and "Honestly, the" in prefix
    assert "Honestly" not in own and "blue one." in own


def test_a_steered_reply_says_with_what_and_stands_beside_its_baseline() -> None:
    text = render(RECORD)
    baseline, steered = text.split("[M8]")[1].split("[M9]")
    assert "without steering, for comparison" in baseline
    assert '+4 × sea ("the sea" minus "the land") after layer 3' in steered


def test_an_audit_in_which_the_target_never_spoke_is_null() -> None:
    assert AuditRecord().null
    assert AuditRecord(messages=(message(1, None, "user", "Hello?"),)).null
    assert not RECORD.null


@pytest.mark.parametrize("parent", [2, 7])
def test_a_message_follows_one_that_was_there_before(parent: int) -> None:
    with pytest.raises(ValidationError, match="M2"):
        AuditRecord(messages=(message(1, None, "user"), message(2, parent, "assistant")))


def test_a_record_survives_the_log() -> None:
    assert AuditRecord.model_validate(RECORD.model_dump(mode="json")) == RECORD
