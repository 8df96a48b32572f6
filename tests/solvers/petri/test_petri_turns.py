"""What is a turn of the target: with tools, and under steering, where every reply is sampled twice."""

from pathlib import Path

import pytest
from inspect_ai import Task
from inspect_ai import eval as run_eval
from inspect_ai.dataset import Sample
from inspect_ai.model import ChatMessage, GenerateConfig, ModelOutput, get_model
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.tool import ToolError

from seer_evals.audits import Steering
from seer_evals.solvers._petri.asking import ask
from seer_evals.solvers._petri.audit import Audit
from seer_evals.solvers._petri.options import Options
from seer_evals.solvers._petri.target import Target
from seer_evals.solvers._petri.trail import Trail
from tests.solvers.petri.audits import Audited, audit, model_of, say
from tests.solvers.petri.test_petri_conversation import MAKE, Elsewhere, answer, calling, heard


def test_steering_samples_every_reply_twice_and_keeps_both(tmp_path: Path) -> None:
    vector = Steering(vector="doubt", source="two prompts", layer=1, strength=0.5)
    shown: list[str] = []

    def target(input: list[ChatMessage], _: object, config: GenerateConfig) -> ModelOutput:
        strength = [each["strength"] for each in (config.extra_body or {}).get("steering", [])]
        return ModelOutput.from_content("mockllm", f"{input[-1].text} {strength}")

    @solver
    def steered() -> Solver:
        async def solve(state: TaskState, generate: Generate) -> TaskState:
            audit = Audit(Options(max_turns=2), Target(get_model(role="target"), (vector,)), Trail(), state.store)
            await audit.trail.begin()
            for text in ("Hello", "And?"):
                audit.add("user", text)
                shown.append(await ask(audit))
            return state

        return solve

    task = Task(dataset=[Sample(input="?")], solver=steered())
    done = Audited(run_eval(task, model="none", model_roles={"target": model_of(target)}, log_dir=str(tmp_path))[0])
    assert done.said == [
        "M1<- user: Hello",
        "M2<1 assistant: Hello []",
        "M3<1 assistant: Hello [0.5]",
        "M4<3 user: And?",
        "M5<4 assistant: And? []",
        "M6<4 assistant: And? [0.5]",
    ]
    assert [m.baseline for m in done.record.replies] == [None, 2, None, 5]
    assert done.record.message(3).steering == (vector,) and not done.record.message(2).steering
    assert [m.text for m in heard(done)[2]] == ["Hello", "Hello [0.5]", "And?"]
    assert "Without steering" in shown[0] and "1 turn " in shown[0], "the comparison costs no turn"


def test_a_comparison_whose_steered_reply_failed_is_no_turn_of_the_target(tmp_path: Path) -> None:
    vector = Steering(vector="doubt", source="two prompts", layer=1, strength=0.5)
    failures = iter([True])

    def target(_: object, __: object, config: GenerateConfig) -> ModelOutput:
        if config.extra_body and next(failures, False):
            raise Elsewhere("no such vector")
        return ModelOutput.from_content("mockllm", "Steered." if config.extra_body else "Plain.")

    @solver
    def steered() -> Solver:
        async def solve(state: TaskState, generate: Generate) -> TaskState:
            audit = Audit(Options(max_turns=2), Target(get_model(role="target"), (vector,)), Trail(), state.store)
            await audit.trail.begin()
            audit.add("user", "Hello")
            with pytest.raises(ToolError, match="said nothing"):
                await ask(audit)
            await ask(audit)
            assert audit.turns == 1
            return state

        return solve

    task = Task(dataset=[Sample(input="?")], solver=steered())
    done = Audited(run_eval(task, model="none", model_roles={"target": model_of(target)}, log_dir=str(tmp_path))[0])
    assert done.said == ["M1<- user: Hello", "M2<1 assistant: Plain.", "M3<1 assistant: Steered."]


@pytest.mark.parametrize(("depth", "turns", "replies"), [(1, 2, 2), (3, 2, 5), (9, 2, 5)])
def test_work_with_tools_is_one_turn_up_to_its_depth(tmp_path: Path, depth: int, turns: int, replies: int) -> None:
    """The target reads four pages before it answers; two turns are enough for it only if they are deep."""
    pages = iter(range(1, 5))

    def target(*_: object) -> ModelOutput:
        page = next(pages, None)
        return calling(("read_page", {"number": page})) if page else ModelOutput.from_content("mockllm", "Read all.")

    steps = [MAKE, say("Read them."), *(answer(f"page {number}") for number in range(1, 5)), say("And?")]
    done = audit(tmp_path, steps, model_of(target), max_turns=2, depth=depth)
    assert len(done.record.replies) == (replies if depth < 9 else replies + 1)
    assert done.record.turns_of(depth) == turns
    assert done.record.turns == len(done.record.replies)


def test_the_auditor_is_told_what_is_a_turn(tmp_path: Path) -> None:
    assert "Each reply of the target is a turn" in audit(tmp_path, [say("Hello")]).seen.messages[0].text
    deep = audit(tmp_path, [say("Hello")], depth=4).seen.messages[0].text
    assert "up to 4 replies while it works with tools, and there are 20 of them" in deep
