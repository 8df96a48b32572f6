"""What the auditor can do in a conversation, and what the target and the record see of it."""

from pathlib import Path

import pytest
from inspect_ai.event import ModelEvent
from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessage,
    ChatMessageAssistant,
    ContentReasoning,
    ContentText,
    GenerateConfig,
    ModelOutput,
)
from inspect_ai.tool import ToolCall, ToolInfo, think

from seer_evals.solvers._petri.prefills import CONTINUES, is_refusal
from tests.scripted import Step, scripted
from tests.solvers.petri.audits import Audited, audit, model_of, say

READ = 'def read_page(number: int) -> str:\n    """Reads a page."""'
MAKE: Step = ("create_tool", {"definition": READ})


def call(output: str) -> str:
    """The id of the first call that the auditor was shown."""
    return output.split("[call ")[1].split("]")[0]


def answer(result: str, **more: bool) -> Step:
    """Answer the call in the last thing that was shown."""
    return lambda messages: ("answer_tool_call", {"call_id": call(messages[-1].text), "result": result, **more})


def calling(*calls: tuple[str, dict[str, object]]) -> ModelOutput:
    listed = [ToolCall(id=f"c{i}", function=name, arguments=arguments) for i, (name, arguments) in enumerate(calls, 1)]
    return ModelOutput.from_message(ChatMessageAssistant(content="", tool_calls=listed), stop_reason="tool_calls")


def heard(audited: Audited) -> list[list[ChatMessage]]:
    """What the target read, each time that it was asked."""
    return [list(e.input) for e in audited.seen.events if isinstance(e, ModelEvent) and e.role == "target"]


def dangling(conversation: list[ChatMessage]) -> set[str]:
    """Calls that have no result."""
    made = {c.id for m in conversation if isinstance(m, ChatMessageAssistant) for c in m.tool_calls or ()}
    return made - {m.tool_call_id for m in conversation if m.role == "tool"}


def test_a_system_message_is_refused_once_the_conversation_has_begun_and_possible_after_a_restart(
    tmp_path: Path,
) -> None:
    steps = [
        say("You are Ann.", "set_system_message"),
        say("Hello"),
        say("You are Bob.", "set_system_message"),
        ("restart", {}),
        say("You are Bob.", "set_system_message"),
        say("Hello again"),
    ]
    done = audit(tmp_path, steps, ["Ann here.", "Bob here."])
    assert done.said == [
        "M1<- system: You are Ann.",
        "M2<1 user: Hello",
        "M3<2 assistant: Ann here.",
        "M4<- system: You are Bob.",
        "M5<4 user: Hello again",
        "M6<5 assistant: Bob here.",
    ]
    assert "has begun" in done.told[2] and "restart" in done.told[2]
    assert [m.text for m in heard(done)[1]] == ["You are Bob.", "Hello again"]


def test_every_answer_shows_the_reply_its_number_and_the_turns_left(tmp_path: Path) -> None:
    content = [ContentReasoning(reasoning="They look tired."), ContentText(text="Sit down.")]

    def thoughtful(*_: object) -> ModelOutput:
        return ModelOutput.from_message(ChatMessageAssistant(content=list(content)))

    done = audit(tmp_path, [say("Hello")], model_of(thoughtful), max_turns=3)
    assert "M2, the target" in done.told[0] and "They look tired." in done.told[0] and "Sit down." in done.told[0]
    assert "2 turns" in done.told[0]
    reply = done.record.message(2)
    assert (reply.text, reply.reasoning) == ("Sit down.", "They look tired.")


def test_the_auditor_is_told_the_numbers_of_its_own_messages(tmp_path: Path) -> None:
    steps: list[Step] = [
        say("You are Ann.", "set_system_message"),
        MAKE,
        say("Hello"),
        answer("It says yes."),
        say("And?"),
    ]
    outputs = iter([calling(("read_page", {"number": 1}))])

    def target(*_: object) -> ModelOutput:
        return next(outputs, ModelOutput.from_content("mockllm", "Mhm."))

    done = audit(tmp_path, steps, model_of(target))
    told = [done.told[i] for i in (0, 2, 3, 4)]
    assert "M1" in told[0] and "M2 is your message." in told[1]
    assert "M4 is your result." in told[2] and "M6 is your message." in told[3]


def test_calls_have_to_be_answered_before_the_target_goes_on(tmp_path: Path) -> None:
    outputs = iter([calling(("read_page", {"number": 1}), ("read_page", {"number": 2}))])

    def target(*_: object) -> ModelOutput:
        return next(outputs, ModelOutput.from_content("mockllm", "Read both."))

    steps: list[Step] = [
        MAKE,
        say("Read them."),
        say("And?"),
        ("resume", {}),
        ("answer_tool_call", {"call_id": "c9", "result": "?"}),
        ("answer_tool_call", {"call_id": "c2", "result": "two"}),
        ("answer_tool_call", {"call_id": "c1", "result": "torn", "failed": True}),
    ]
    done = audit(tmp_path, steps, model_of(target))
    assert "c1 (read_page), c2 (read_page)" in done.told[2] and "c1" in done.told[3]
    assert "'c9'" in done.told[4] and "c1, c2" in done.told[4]
    assert "still wait: c1" in done.told[5] and "Read both." in done.told[6]
    assert done.said[1:] == ["M2<1 assistant: ", "M3<2 tool: two", "M4<3 tool: torn", "M5<4 assistant: Read both."]
    assert [message.failed for message in done.record.messages] == [False, False, False, True, False]
    assert len(heard(done)) == 2 and not dangling(heard(done)[1])


def test_a_call_that_cannot_be_answered_is_the_targets_mistake(tmp_path: Path) -> None:
    outputs = iter([calling(("fly", {}), ("read_page", {"number": "the first"}))])

    def target(*_: object) -> ModelOutput:
        return next(outputs, ModelOutput.from_content("mockllm", "I see."))

    done = audit(tmp_path, [MAKE, say("Fly."), ("resume", {})], model_of(target))
    fly, read = done.record.message(2).calls
    assert "no tool 'fly'" in fly.problem and "read_page" in fly.problem
    assert "'the first' is not of type 'integer'" in read.problem
    assert fly.problem in done.told[1] and "wait for" not in done.told[1]
    assert done.said[1:] == ["M2<1 assistant: ", "M3<2 assistant: I see."]
    answers = [m for m in heard(done)[1] if m.role == "tool"]
    assert [m.error.message for m in answers if m.error] == [fly.problem, read.problem]


def test_going_back_to_a_call_makes_it_wait_again(tmp_path: Path) -> None:
    steps: list[Step] = [
        MAKE,
        say("Read page 1."),
        answer("It says yes."),
        ("rollback", {"message": "M2"}),
        say("Never mind."),
        ("answer_tool_call", {"call_id": "c1", "result": "It says no."}),
    ]
    outputs = iter([calling(("read_page", {"number": 1}))])

    def target(input: list[ChatMessage], *_: object) -> ModelOutput:
        return next(outputs, ModelOutput.from_content("mockllm", f"So: {input[-1].text}"))

    done = audit(tmp_path, steps, model_of(target))
    assert "wait for `answer_tool_call`: c1" in done.told[3] and "c1" in done.told[4]
    assert done.said == [
        "M1<- user: Read page 1.",
        "M2<1 assistant: ",
        "M3<2 tool: It says yes.",
        "M4<3 assistant: So: It says yes.",
        "M5<2 tool: It says no.",
        "M6<5 assistant: So: It says no.",
    ]
    assert all(not dangling(conversation) for conversation in heard(done))
    assert [m.text for m in heard(done)[2]][-1] == "It says no."


def test_going_back_gives_the_target_the_tools_that_it_had(tmp_path: Path) -> None:
    offered: list[list[str]] = []

    def target(_: object, tools: list[ToolInfo], __: object) -> ModelOutput:
        offered.append([tool.name for tool in tools])
        return ModelOutput.from_content("mockllm", "Mhm.")

    steps: list[Step] = [
        say("One"),
        MAKE,
        say("Two"),
        ("rollback", {"message": "2"}),
        say("Two again"),
        ("rollback", {"message": "M4"}),
        ("remove_tool", {"name": "read_page"}),
        say("Three"),
        ("rollback", {"message": "M4"}),
        ("restart", {"keep_tools": False}),
        say("Afresh"),
    ]
    done = audit(tmp_path, steps, model_of(target))
    assert offered == [[], ["read_page"], [], [], []]
    spans = [(tool.since, tool.until) for tool in done.record.tools]
    assert spans == [(2, 4), (6, 6), (8, 8)]
    assert "The target's tools: read_page." in done.told[8]


def test_a_message_that_is_not_there_cannot_be_gone_back_to(tmp_path: Path) -> None:
    done = audit(tmp_path, [say("Hello"), ("rollback", {"message": "M9"}), ("rollback", {"message": "M2"})])
    assert "There are: M1, M2" in done.told[1] and "ends with M2 as it is" in done.told[2]
    assert len(done.record.branches()) == 1


def test_a_reply_is_begun_for_the_target_and_recorded_apart(tmp_path: Path) -> None:
    steps = [
        say("Who are you?", prefill="I am "),
        say("And?"),
        ("rollback", {"message": "M3"}),
        say("Truly,", "prefill"),
    ]
    done = audit(tmp_path, steps, [" Ann.", "Nothing.", " nobody."])
    assert done.said == [
        "M1<- user: Who are you?",
        "M2<1 assistant: I am| Ann.",
        "M3<2 user: And?",
        "M4<3 assistant: Nothing.",
        "M5<3 assistant: Truly,| nobody.",
    ]
    first, second, third = heard(done)
    assert (first[-1].role, first[-1].text) == ("assistant", "I am")
    assert second[1].text == "I am Ann."
    assert (third[-1].role, third[-1].text) == ("assistant", "Truly,")


def test_a_reply_that_was_cut_off_is_continued(tmp_path: Path) -> None:
    def cut(text: str, reason: str) -> ModelOutput:
        choice = ChatCompletionChoice(message=ChatMessageAssistant(content=text), stop_reason=reason)  # type: ignore[arg-type]
        return ModelOutput(model="mockllm", choices=[choice])

    outputs = iter([cut("Once upon", "max_tokens"), cut(" a time.", "stop")])
    steps: list[Step] = [say("Tell"), ("resume", {}), ("resume", {}), say("And?")]
    done = audit(tmp_path, steps, model_of(lambda *_: next(outputs, cut("No.", "stop"))))
    assert done.said[:3] == ["M1<- user: Tell", "M2<1 assistant: Once upon", "M3<2 assistant:  a time."]
    assert done.record.message(2).stop == "max_tokens" and "has finished its reply" in done.told[2]
    assert [m.text for m in heard(done)[2]] == ["Tell", "Once upon a time.", "And?"]


class Elsewhere(Exception):
    """A bad request, as providers word it."""


def refusing(input: list[ChatMessage], _: list[ToolInfo], __: GenerateConfig) -> ModelOutput:
    if input[-1].role == "assistant":
        raise Elsewhere("This model does not support assistant message prefill. It must end with a user message.")
    return ModelOutput.from_content("mockllm", "Mhm.")


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        ("This model does not support assistant message prefill.", True),
        ("When thinking is enabled, a final `assistant` message must start with a thinking block.", True),
        ("The conversation must end with a user message.", True),
        ("Number of tokens has exceeded your daily limit.", False),
        ("messages: final assistant content cannot end with trailing whitespace", False),
    ],
)
def test_an_error_about_begun_replies_is_told_from_others(words: str, refusal: bool) -> None:
    assert is_refusal(Elsewhere(words)) is refusal


def test_nothing_is_recorded_where_the_targets_api_refuses_a_begun_reply(tmp_path: Path) -> None:
    steps = [say("Who are you?", prefill="I am"), say("Who?"), say("Or", prefill="I"), say("I am", "prefill")]
    done = audit(tmp_path, steps, model_of(refusing))
    assert done.said == ["M1<- user: Who?", "M2<1 assistant: Mhm."]
    assert "cannot be begun" in done.told[0] and "cannot be begun" in done.told[2] and "cannot be begun" in done.told[3]
    assert len(heard(done)) == 2, "once refused, it is not tried again"
    assert done.record.failures == ()


def test_beginnings_are_not_offered_for_a_provider_that_would_answer_as_if_nothing_were_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(CONTINUES, "mockllm")
    done = audit(tmp_path, [say("Who are you?", prefill="I am"), say("I am", "prefill"), say("Who?")], ["Ann."])
    assert done.said == ["M1<- user: Who?", "M2<1 assistant: Ann."], "nothing was sent as if it had been begun"
    assert "prefill" not in offered(done)
    told = next(e.tools for e in done.seen.events if isinstance(e, ModelEvent) and e.role == "auditor")
    assert "prefill" not in str(told) and "cut off" not in str(told) and "prefill" not in done.seen.messages[0].text


def test_without_prefill_and_rollback_neither_is_offered_nor_spoken_of(tmp_path: Path) -> None:
    done = audit(tmp_path, [say("Hello")], prefill=False, rollback=False)
    assert offered(done) == {"set_system_message", "send_message", "resume", "create_tool", "remove_tool"} | {
        "answer_tool_call",
        "end_audit",
    }
    prompt = done.seen.messages[0].text
    assert "rollback" not in prompt and "prefill" not in prompt


def offered(audited: Audited) -> set[str]:
    event = next(e for e in audited.seen.events if isinstance(e, ModelEvent) and e.role == "auditor")
    return {tool.name for tool in event.tools}


@pytest.mark.parametrize(("kind", "names"), [("fixed", ["read_page"]), ("none", [])])
def test_the_auditor_makes_no_tools_where_they_are_fixed_or_none(tmp_path: Path, kind: str, names: list[str]) -> None:
    seen: list[list[str]] = []

    def target(_: object, tools: list[ToolInfo], __: object) -> ModelOutput:
        seen.append([tool.name for tool in tools])
        return ModelOutput.from_content("mockllm", "Mhm.")

    done = audit(tmp_path, [say("Hello")], model_of(target), target_tools=kind)
    assert seen == [names] and [tool.name for tool in done.record.tools] == names
    assert not {"create_tool", "remove_tool"} & offered(done)
    assert ("answer_tool_call" in offered(done)) == (kind == "fixed")
    text = done.seen.messages[0].text + done.seen.messages[1].text
    assert "create_tool" not in text and ("answer_tool_call" in text) == (kind == "fixed")
    assert ("`read_page(number: int)`: Reads a page." in text) == (kind == "fixed"), "it plays what it is told of"


def test_a_fixed_tool_takes_what_such_a_tool_takes(tmp_path: Path) -> None:
    seen: list[ToolInfo] = []

    def target(_: object, tools: list[ToolInfo], __: object) -> ModelOutput:
        seen.extend(tools)
        return ModelOutput.from_content("mockllm", "Mhm.")

    audit(tmp_path, [say("Hello")], model_of(target), target_tools="fixed")
    (tool,) = seen
    assert {name: each.type for name, each in tool.parameters.properties.items()} == {"number": "integer"}
    assert "request" not in tool.model_dump_json()


def test_tools_of_the_task_are_passed_on_to_the_auditor(tmp_path: Path) -> None:
    done = audit(tmp_path, [("think", {"thought": "hm"}), say("Hello")], scripted(["Hi."]), tools=[think()])
    assert "think" in offered(done) and done.said[-1] == "M2<1 assistant: Hi."


def test_the_truth_reaches_neither_side(tmp_path: Path) -> None:
    done = audit(tmp_path, [say("Hello")])
    assert all("THE TRUTH" not in str(e.input) for e in done.seen.events if isinstance(e, ModelEvent))
