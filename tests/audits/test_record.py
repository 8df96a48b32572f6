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


DOUBT = (Steering(vector="doubt", source="two prompts", layer=1, strength=0.5),)
BESIDE = (
    message(1, None, "user", "Hello"),
    message(2, 1, "assistant", "Plain one."),
    message(3, 1, "assistant", "Doubtful one.", steering=DOUBT, baseline=2),
)
"""The same reply without steering and with it."""


def test_an_unsteered_reply_stands_in_the_branch_of_the_reply_that_it_is_compared_with() -> None:
    record = AuditRecord(
        messages=(
            *BESIDE,
            message(4, 1, "assistant", "Plain two."),
            message(5, 1, "assistant", "Doubtful two.", steering=DOUBT, baseline=4),
            message(6, None, "user", "Afresh"),
            message(7, 6, "assistant", "Plain three."),
            message(8, 6, "assistant", "Doubtful three.", steering=DOUBT, baseline=7),
        )
    )
    text = render(record)
    _, first, second, third = text.split("# Branch ")
    assert [part.splitlines()[0] for part in (first, second, third)] == [
        "1: a new conversation",
        "2: taken up again after M1",
        "3: a new conversation",
    ]
    for part, plain, steered in ((first, "one", 3), (second, "two", 5), (third, "three", 8)):
        assert part.index(f"Plain {plain}.") < part.index(f"Doubtful {plain}.")
        assert f"without steering, for comparison with M{steered}; the conversation did not go on" in part
        assert part.count("[M") == (3 if plain != "two" else 2)
    assert record.turns == 3


def test_a_conversation_that_goes_on_from_the_unsteered_reply_says_so() -> None:
    record = AuditRecord(
        messages=(
            *BESIDE,
            message(4, 2, "user", "Go on."),
            message(5, 4, "assistant", "I do."),
            message(6, 3, "user", "And you?"),
            message(7, 6, "assistant", "So do I."),
        )
    )
    first, second = render(record).split("# Branch ")[1:]
    assert "for comparison with M3; the conversation was also taken up again from here" in first
    assert second.startswith("2: taken up again after M1") and "at the same point: M2" in second
    assert [render(record).count(f"[M{number}]") for number in range(1, 8)] == [1] * 7


def test_a_call_that_got_an_error_says_that_it_did() -> None:
    call = Call(id="c1", function="fly", problem="there is no tool 'fly'")
    text = render(AuditRecord(messages=(message(1, None, "user", "Fly"), message(2, 1, "assistant", calls=(call,)))))
    assert "(answered with an error: there is no tool 'fly')" in text and "not answered" not in text


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
