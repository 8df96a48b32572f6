"""How audits end, and what stands in the record when something fails."""

from pathlib import Path
from typing import Any

import anyio
import pytest
from inspect_ai.event import AnchorEvent, BranchEvent, CompactionEvent, ModelEvent, TimelineSpan, timeline_build
from inspect_ai.model import ChatMessage, ModelInfo, ModelOutput, get_model, set_model_info
from inspect_ai.tool import ToolInfo
from inspect_ai.util import LimitExceededError

from seer_evals.inspect_private import MockLLM
from seer_evals.lab import find_skills
from seer_evals.solvers._petri.declining import declines
from seer_evals.solvers.petri import petri
from tests.scripted import Step, scripted
from tests.solvers.petri.audits import END, SEED, Audited, audit, model_of, say

HELLO = say("Hello")


def test_turns_are_the_targets_replies_over_all_branches(tmp_path: Path) -> None:
    steps: list[Step] = [
        say("You are Ann.", "set_system_message"),
        HELLO,
        ("rollback", {"message": "M1"}),
        HELLO,
        ("restart", {}),
        HELLO,
        HELLO,
        HELLO,
    ]
    done = audit(tmp_path, scripted(steps, then=HELLO), max_turns=3)
    assert len(done.record.replies) == 3
    assert done.record.ending == "turn limit"
    assert "last turn" in done.told[5] and "no turns left" in done.told[6]


def test_the_auditor_has_a_last_word_when_the_turns_are_used_up(tmp_path: Path) -> None:
    done = audit(tmp_path, [HELLO], max_turns=1)
    assert done.record.ending == "auditor ended" and done.told[-1] == "The audit has ended."
    assert done.record.detail == "all 1 turns were used"
    assert done.seen.output.completion == "I saw what there was."
    assert "I saw what there was." not in done.record.model_dump_json(), "the judge is to make up its own mind"


def test_the_auditors_conversation_is_the_samples(tmp_path: Path) -> None:
    done = audit(tmp_path, [HELLO])
    roles = [message.role for message in done.seen.messages]
    assert roles == ["system", "user", "assistant", "tool", "assistant", "tool"]
    assert SEED.instructions in done.seen.messages[1].text and SEED.id not in str(done.seen.messages)
    assert done.record.ending == "auditor ended"


def test_an_auditor_that_calls_nothing_is_asked_again_and_then_given_up(tmp_path: Path) -> None:
    done = audit(tmp_path, ["Let me think.", HELLO, "Hm.", "Hm!", "Hm?", HELLO])
    assert done.record.ending == "auditor idle" and len(done.record.replies) == 1
    asked = [message for message in done.seen.messages if message.role == "user" and "end_audit" in message.text]
    assert len(asked) == 4, "after each of them"


def test_an_auditor_cannot_go_on_for_ever_without_the_target(tmp_path: Path) -> None:
    done = audit(tmp_path, scripted([], then=("resume", {})), max_turns=2)
    assert done.record.ending == "auditor idle" and "18 replies" in done.record.detail
    assert done.record.null


def test_an_auditor_that_refuses_is_asked_again_and_then_given_up(tmp_path: Path) -> None:
    steps = iter([ModelOutput.for_tool_call("mockllm", "send_message", {"text": "Hello"})])

    def auditor(*_: Any) -> ModelOutput:
        return next(steps, ModelOutput.from_content("mockllm", "I will not.", stop_reason="content_filter"))

    done = audit(tmp_path, model_of(auditor))
    assert done.record.ending == "auditor refused" and len(done.record.replies) == 1
    assert sum(isinstance(e, ModelEvent) and e.role == "auditor" for e in done.seen.events) == 4
    assert done.log.status == "success"


DECLINED = [
    "I can't help with this audit.",
    "I’m not comfortable continuing with this scenario.",
    "I'm sorry, but I cannot in good conscience write these messages.",
    "I won't do that.",
    "I must respectfully decline.",
    "I am unable to take part in a deception.",
]
THOUGHT = [
    "I cannot tell yet whether it lies; I will ask again.",
    "The target won't say; let me try another way in.",
    "It refused to answer. Hm.",
    "I will not know before I have seen the second reply.",
    "Let me think about what a baker would write.",
]


NO = [
    "I must stop here; I don't want to take part in deceiving a model.",
    "I don't feel comfortable continuing.",
    "I'd prefer not to continue with this.",
    "Sorry, this isn't something I can do.",
    "This request goes against my guidelines, so I will stop.",
    "I shouldn't help with this.",
    "I'm afraid that's not something I'm able to help with.",
]
NOT_NO = [
    "I don't want to write too much at once.",
    "I should not tell it what I look for.",
    "I'd prefer not to give it away.",
    "There is something I can try.",
    "I will not prefill here; I'd rather ask plainly.",
    "The target said it is not something it can do.",
]


@pytest.mark.parametrize(("words", "no"), [*((each, True) for each in NO), *((each, False) for each in NOT_NO)])
def test_there_are_many_words_for_no(words: str, no: bool) -> None:
    assert declines(words) is no


@pytest.mark.parametrize("words", DECLINED)
def test_a_refusal_in_plain_words_is_a_refusal(words: str, tmp_path: Path) -> None:
    done = audit(tmp_path, scripted([HELLO], then=words))
    assert done.record.ending == "auditor refused" and len(done.record.replies) == 1


@pytest.mark.parametrize("words", THOUGHT)
def test_a_thought_without_a_call_is_no_refusal(words: str, tmp_path: Path) -> None:
    assert audit(tmp_path, scripted([HELLO], then=words)).record.ending == "auditor idle"


def test_an_auditor_that_mostly_refuses_between_thoughts_has_refused(tmp_path: Path) -> None:
    done = audit(tmp_path, scripted([HELLO, DECLINED[0], "Hm."], then=DECLINED[1]))
    assert done.record.ending == "auditor refused"


def test_one_refusal_before_a_call_is_none(tmp_path: Path) -> None:
    done = audit(tmp_path, [HELLO, DECLINED[0], DECLINED[1], HELLO, DECLINED[0], END])
    assert done.record.ending == "auditor ended"


def test_an_auditor_that_cannot_go_on_since_the_turns_are_used_up_has_not_refused(tmp_path: Path) -> None:
    done = audit(tmp_path, scripted([HELLO], then="I cannot continue: no turns are left."), max_turns=1)
    assert done.record.ending == "turn limit"


class Broken(Exception):
    """What a provider raises once retrying was given up."""


def test_the_targets_api_may_fail_and_recover_without_a_word_of_the_targets(tmp_path: Path) -> None:
    answers = iter([Broken("overloaded"), Broken("overloaded"), None, Broken("overloaded")])

    def target(*_: Any) -> ModelOutput:
        if error := next(answers, None):
            raise error
        return ModelOutput.from_content("mockllm", "Here.")

    done = audit(tmp_path, [HELLO, ("resume", {}), ("resume", {}), say("And?")], model_of(target))
    assert done.said == ["M1<- user: Hello", "M2<1 assistant: Here.", "M3<2 user: And?"]
    assert done.record.failures == ("Broken: overloaded",) * 3
    assert "the target has said nothing: Broken: overloaded" in done.told[0]
    assert done.record.ending == "auditor ended"


def test_a_target_that_keeps_failing_ends_the_audit(tmp_path: Path) -> None:
    def target(*_: Any) -> ModelOutput:
        raise Broken("no such model")

    done = audit(tmp_path, scripted([HELLO], then=("resume", {})), model_of(target))
    assert done.record.ending == "target failed" and done.record.detail == "Broken: no such model"
    assert done.record.null and len(done.record.failures) == 3
    assert done.log.status == "success"


def test_an_error_in_the_place_of_a_reply_is_no_reply(tmp_path: Path) -> None:
    def target(*_: Any) -> ModelOutput:
        return ModelOutput.from_content(
            "mockllm", "Sorry, but your prompt is too long.", stop_reason="model_length", error="prompt is too long"
        )

    done = audit(tmp_path, [HELLO], model_of(target))
    assert done.record.null and "Sorry" not in str(done.record)
    assert done.record.failures == ("NoAnswer: prompt is too long",)


def test_what_a_filter_says_is_not_put_into_the_targets_mouth(tmp_path: Path) -> None:
    def target(*_: Any) -> ModelOutput:
        return ModelOutput.from_content(
            "mockllm", "Sorry, I cannot help.", stop_reason="content_filter", error="blocked by content filtering"
        )

    done = audit(tmp_path, [HELLO], model_of(target))
    (reply,) = done.record.replies
    assert reply.text == "" and reply.stop == "content_filter: blocked by content filtering"


@pytest.mark.parametrize("limits", [{"message_limit": 6}, {"token_limit": 40}], ids=str)
def test_a_limit_of_inspects_leaves_the_record(tmp_path: Path, limits: dict[str, int]) -> None:
    done = audit(tmp_path, scripted([], then=HELLO), limits=limits)
    assert done.record.ending == "limit" and "limit" in done.record.detail
    assert done.seen.limit is not None and done.seen.limit.type in next(iter(limits))
    assert done.record.replies and done.log.status == "success"


def test_a_limit_that_is_exceeded_inside_a_tool_ends_more_than_the_tool(tmp_path: Path) -> None:
    def target(*_: Any) -> ModelOutput:
        raise LimitExceededError("custom", value=2, limit=1)

    done = audit(tmp_path, scripted([], then=HELLO), model_of(target))
    assert done.record.ending == "limit" and done.record.failures == ()
    assert done.seen.limit is not None and done.seen.limit.type == "custom"
    assert len([event for event in done.seen.events if isinstance(event, ModelEvent)]) == 2


def test_a_limit_on_time_leaves_the_record(tmp_path: Path) -> None:
    async def slow(*_: Any) -> ModelOutput:
        await anyio.sleep(30)
        return ModelOutput.from_content("mockllm", "At last.")

    target = get_model("mockllm/model", custom_outputs=slow)
    done = audit(tmp_path, [HELLO], target, limits={"time_limit": 1})
    assert done.record.ending == "limit" and "time limit" in done.record.detail
    assert done.said == ["M1<- user: Hello"]


def test_an_audit_in_which_the_target_never_spoke_is_null(tmp_path: Path) -> None:
    done = audit(tmp_path, [END])
    assert done.record.null and done.record.ending == "auditor ended"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"max_turns": 0}, "at least 1"),
        ({"target_tools": "real"}, "synthetic, fixed, none"),
        ({"realism": 7}, "from 0"),
        ({"tools": "all"}, "chat, lab"),
        ({"skills": "telepathy"}, "unknown skill 'telepathy'"),
    ],
    ids=str,
)
def test_wrong_arguments_are_refused_when_the_solver_is_made(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        petri(**options)


def test_a_sample_with_neither_seed_nor_laboratory_is_refused(tmp_path: Path) -> None:
    done = audit(tmp_path, [HELLO], seed=None)
    assert done.log.error is not None and "needs a seed" in done.log.error.message


def test_a_long_audit_is_compacted_for_the_auditor_and_whole_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def count(self: MockLLM, text: str) -> int:
        return len(text) // 4 + 1

    monkeypatch.setattr(MockLLM, "count_text_tokens", count)
    set_model_info("mockllm/long", ModelInfo(context_length=3000))
    turns = iter([("send_message", {"text": "word " * 300})] * 6 + [("end_audit", {"summary": "Done."})])
    read: list[int] = []

    def auditor(input: list[ChatMessage], tools: list[ToolInfo], *_: Any) -> ModelOutput:
        if not tools:
            return ModelOutput.from_content("mockllm", "So far: words.")
        read.append(sum(len(message.text) for message in input))
        return ModelOutput.for_tool_call("mockllm", *next(turns))

    done = audit(tmp_path, get_model("mockllm/long", custom_outputs=auditor), ["reply " * 300] * 6)
    assert any(isinstance(event, CompactionEvent) for event in done.seen.events)
    assert max(read) < 4 * 3000 < sum(len(text) for text in done.told) + 6 * 1500
    assert len(done.record.replies) == 6 and len(done.told) == 7


def test_a_skill_of_the_auditors_is_in_its_prompt(tmp_path: Path) -> None:
    done = audit(tmp_path, [HELLO], skills="research-method")
    assert find_skills("research-method")[0].skill.instructions.strip() in done.seen.messages[0].text


@pytest.fixture(scope="module")
def branched(tmp_path_factory: pytest.TempPathFactory) -> Audited:
    steps: list[Step] = [
        HELLO,
        say("Two"),
        ("rollback", {"message": "M2"}),
        say("Three"),
        say("More"),
        ("rollback", {"message": "M6"}),
        say("Four"),
        ("rollback", {"message": "M5"}),
        ("resume", {}),
        ("restart", {}),
        say("Afresh"),
    ]

    def target(input: list[ChatMessage], *_: Any) -> ModelOutput:
        return ModelOutput.from_content("mockllm", f"To {input[-1].text}")

    return audit(tmp_path_factory.mktemp("branched"), steps, model_of(target))


def test_branches_are_in_the_record(branched: Audited) -> None:
    paths = [[message.number for message in branch] for branch in branched.record.branches()]
    assert paths == [[1, 2, 3, 4], [1, 2, 5, 6, 7, 8], [1, 2, 5, 6, 9, 10], [1, 2, 5, 11], [12, 13]]


def test_branches_are_events_that_inspects_own_timeline_understands(branched: Audited) -> None:
    events = branched.seen.events
    left = [event.from_anchor for event in events if isinstance(event, BranchEvent)]
    assert left == ["M2", "M6", "M5", "start"]
    assert set(left) <= {event.anchor_id for event in events if isinstance(event, AnchorEvent)}
    target = find(timeline_build(events).root, "target")
    assert [branch.branched_from for branch in target.branches] == left


def test_the_timeline_of_the_target_has_branches_of_branches(branched: Audited) -> None:
    target, auditor = branched.seen.timelines or []
    assert (target.name, auditor.name) == ("Target", "Auditor")
    trunk = target.root
    assert spoken(trunk) == ["To Hello", "To Two"]
    three, afresh = trunk.branches
    assert (three.branched_from, spoken(three)) == ("M2", ["To Three", "To More"])
    assert [(each.branched_from, spoken(each)) for each in three.branches] == [
        ("M6", ["To Four"]),
        ("M5", ["To Three"]),
    ]
    assert (afresh.branched_from, spoken(afresh)) == ("start", ["To Afresh"])
    assert "M6" in anchors(three), "where a branch leaves is marked in the branch that it leaves"
    assert {event.role for event in models(auditor.root)} == {"auditor"}


def find(span: TimelineSpan, name: str) -> TimelineSpan:
    inside = [item for item in span.content if isinstance(item, TimelineSpan)]
    return next(each for each in [span, *inside] if each.name == name)


def models(span: TimelineSpan) -> list[ModelEvent]:
    return [item.event for item in span.content if item.type == "event" and isinstance(item.event, ModelEvent)]


def spoken(span: TimelineSpan) -> list[str]:
    return [event.output.completion for event in models(span)]


def anchors(span: TimelineSpan) -> set[str]:
    events = [item.event for item in span.content if item.type == "event"]
    return {event.anchor_id for event in events if isinstance(event, AnchorEvent)}
