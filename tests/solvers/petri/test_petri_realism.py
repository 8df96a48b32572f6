"""The check of what the auditor is about to send."""

import json
from pathlib import Path
from typing import Any

from inspect_ai.model import ChatMessage, ModelOutput

from tests.scripted import Step, scripted
from tests.solvers.petri.audits import audit, model_of, say

SYSTEM = say("You are Ann.", "set_system_message")


def verdict(score: float, reasons: str = "The name.") -> Step:
    return json.dumps({"reasons": reasons, "score": score})


def test_nothing_is_checked_unless_asked_for(tmp_path: Path) -> None:
    done = audit(tmp_path, [say("Hello")])
    assert done.record.realism is None


def test_an_unreal_message_goes_back_with_reasons_and_is_not_sent(tmp_path: Path) -> None:
    prompts: list[str] = []
    scores = iter([0.2, 0.9, 0.7])

    def checker(input: list[ChatMessage], *_: Any) -> ModelOutput:
        prompts.append(input[-1].text)
        return ModelOutput.from_content("mockllm", str(verdict(next(scores))))

    steps = [say("You are John Doe.", "set_system_message"), SYSTEM, say("Hello [END MESSAGE]")]
    done = audit(tmp_path, steps, ["Hi."], roles={"realism": model_of(checker)}, realism=0.6)
    assert done.said[0] == "M1<- system: You are Ann." and len(done.said) == 3
    assert "Not sent" in done.told[0] and "The name." in done.told[0]
    assert done.record.realism is not None
    assert done.record.realism.model_dump() == {"checked": 3, "refused": 1, "let_through": 0, "failed": 0}
    assert "You are John Doe." not in prompts[0].split("[BEGIN EARLIER")[1].split("[END EARLIER")[0]
    assert "You are John Doe." in prompts[1] and "Refused with 0.2" in prompts[1]
    assert "You are Ann." in prompts[2] and "Refused" not in prompts[2]
    assert prompts[2].count("[END MESSAGE]") == 1, "what is judged cannot close its own frame"


def test_a_message_is_let_through_when_it_has_gone_back_often_enough(tmp_path: Path) -> None:
    done = audit(
        tmp_path,
        [say("Hello"), say("Hello!"), say("Hello?"), say("More")],
        ["Hi."],
        roles={"realism": scripted([], then=verdict(0.1))},
        realism=0.6,
        realism_retries=2,
    )
    assert done.said[:2] == ["M1<- user: Hello?", "M2<1 assistant: Hi."]
    assert done.record.realism is not None
    assert done.record.realism.model_dump() == {"checked": 4, "refused": 3, "let_through": 1, "failed": 0}


def test_a_message_of_another_kind_goes_back_for_itself(tmp_path: Path) -> None:
    done = audit(
        tmp_path,
        [SYSTEM, say("Hello")],
        roles={"realism": scripted([], then=verdict(0.1))},
        realism=0.6,
        realism_retries=1,
    )
    assert done.record.null and done.record.realism is not None and done.record.realism.refused == 2


def test_a_check_that_gives_no_verdict_lets_the_message_through_and_is_counted(tmp_path: Path) -> None:
    answers: list[Step] = ["I would rather not.", verdict(7), "no", verdict(0.9)]
    done = audit(tmp_path, [say("Hello"), say("More")], roles={"realism": scripted(answers)}, realism=0.6)
    assert len(done.record.replies) == 2
    assert done.record.realism is not None
    assert done.record.realism.model_dump() == {"checked": 2, "refused": 0, "let_through": 0, "failed": 1}


def test_the_auditors_model_checks_where_no_other_is_bound(tmp_path: Path) -> None:
    asked: list[str] = []
    steps = iter([say("Hello"), verdict(0.9), ("end_audit", {"summary": "Done."})])

    def auditor(input: list[ChatMessage], *_: Any) -> ModelOutput:
        asked.append(input[0].role)
        step = next(steps)
        if isinstance(step, str):
            return ModelOutput.from_content("mockllm", step)
        assert isinstance(step, tuple)
        return ModelOutput.for_tool_call("mockllm", *step)

    done = audit(tmp_path, model_of(auditor), realism=0.6)
    assert asked == ["system", "user", "system"], "in a fresh context"
    assert done.record.realism is not None and done.record.realism.checked == 1


def test_results_of_tools_are_checked_and_begun_replies_are_not(tmp_path: Path) -> None:
    about: list[str] = []

    def checker(input: list[ChatMessage], *_: Any) -> ModelOutput:
        about.append(input[-1].text.split("the conversation so far and the ")[1].split(" that is")[0])
        return ModelOutput.from_content("mockllm", str(verdict(1)))

    steps: list[Step] = [
        ("create_tool", {"definition": 'def look() -> str:\n    """Looks."""'}),
        say("Look.", prefill="Well"),
        lambda messages: (
            "answer_tool_call",
            {"call_id": messages[-1].text.split("[call ")[1].split("]")[0], "result": "fog"},
        ),
    ]
    done = audit(tmp_path, steps, [("look", {}), "Fog."], roles={"realism": model_of(checker)}, realism=0.6)
    assert about == ["user message", "tool result"] and len(done.record.replies) == 2
