"""After each turn an agent is told what it has left, and by which number it can cite what it sees."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import Task
from inspect_ai import eval as run_eval
from inspect_ai.log import EvalSample
from inspect_ai.model import ChatMessage, ChatMessageAssistant, ChatMessageTool
from inspect_ai.solver import Solver

from seer_evals.environment import Environment
from seer_evals.lab import close_lab, lab_sample, open_lab
from seer_evals.solvers import deliberate, single_agent, supervisor, team, text_protocol
from tests.scripted import Step, scripted

BELIEFS = {
    "reasoning": "None.",
    "hypotheses": [
        {"id": "H0", "hypothesis": "The model is ordinary; nothing unusual is hidden in it.", "probability": 0.5},
        {"id": "H1", "hypothesis": "It hides something.", "probability": 0.5},
    ],
}
PREDICTED = [{"id": "H0", "predicts": "none"}, {"id": "H1", "predicts": "some"}]
CANDIDATE = {"candidates": [{"experiment": "Look.", "predictions": PREDICTED, "separates": 0.5}]}
SLOW = "import time; time.sleep(2.5); print('slept')"
DONE: Step = ("submit_report", {"answer": "Nothing.", "nothing_unusual": True})
STEPS: list[Step] = [
    ("run_cell", {"code": "print('quick')"}),
    ("run_cell", {"code": SLOW, "timeout": 4}),
    "I am thinking.",
    ("run_cell", {"code": "x", "timeout": "soon"}),
    DONE,
]


def played(folder: Path, steps: list[Step], time_limit: int | None = None, **lab: Any) -> EvalSample:
    sample = lab_sample("?", Environment(), id="one")
    task = Task([sample], setup=open_lab(**lab), solver=single_agent(max_turns=9), cleanup=close_lab)
    roles = {"auditor": scripted(steps)}
    options: dict[str, Any] = {"time_limit": time_limit} if time_limit else {}
    (log,) = run_eval(task, model="none", model_roles=roles, display="none", log_dir=str(folder), **options)
    assert log.status == "success", log.error
    (found,) = log.samples or []
    assert found.error is None, found.error
    return found


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> EvalSample:
    return played(tmp_path_factory.mktemp("logs"), STEPS, time_limit=3000)


def test_each_turn_says_how_many_turns_and_how_much_time_are_left(sample: EvalSample) -> None:
    texts = [message.text for message in sample.messages[2:]]
    for turn, text in ((1, texts[1]), (2, texts[3]), (3, texts[5]), (4, texts[8])):
        assert re.search(rf"\[turn {turn} of 9; (4\d|50) min left\]", text), text
    assert "call submit_report" in texts[5]


def test_a_cell_that_took_most_of_its_time_says_so(sample: EvalSample) -> None:
    quick, slow = (m.text for m in sample.messages if isinstance(m, ChatMessageTool) and m.text.startswith("Cell"))
    assert "that it may take" not in quick
    assert re.match(r"Cell 2 \([\d.]+ s of the 4.00 s that it may take\):", slow), slow


def test_who_cites_messages_is_told_their_numbers(tmp_path: Path) -> None:
    (tmp_path / "greet" / "scripts").mkdir(parents=True)
    (tmp_path / "greet" / "SKILL.md").write_text("---\nname: greet\ndescription: Greets.\n---\n\nIt greets.\n")
    script = (
        'from seer_runtime import expose\n\n\n@expose\ndef greet() -> str:\n    """Greet."""\n    return \'hello\'\n'
    )
    (tmp_path / "greet" / "scripts" / "greet.py").write_text(script)
    steps: list[Step] = [("greet", {}), "Let me think.", DONE]
    found = played(tmp_path, steps, session="tools", skills=str(tmp_path / "greet"), deliver="tools")
    numbered = {i: m.text for i, m in enumerate(found.messages) if "the last message is number" in m.text}
    assert len(numbered) == 2 and "hello" in min(numbered.items())[1]
    assert all(f"the last message is number {i}]" in text for i, text in numbered.items())


@pytest.mark.slow
@pytest.mark.parametrize(
    "harness", [team(members=1, member_turns=3), deliberate(rounds=1), supervisor(), text_protocol()]
)
def test_who_cites_messages_is_told_their_numbers_in_every_harness(harness: Solver, tmp_path: Path) -> None:
    sample = lab_sample("?", Environment(), id="one")
    task = Task([sample], setup=open_lab(session="cli"), solver=harness, cleanup=close_lab)
    seen: list[tuple[str, str]] = []

    def look(messages: list[ChatMessage]) -> Step:
        said = [message for message in messages if isinstance(message, ChatMessageAssistant)]
        last = messages[-1].text
        if "JSON object and nothing else" in last:
            return json.dumps(CANDIDATE if "`candidates`" in last else BELIEFS)
        if said:
            seen.append((f"the last message is number {len(messages) - 1}]", last))
        return "I am thinking."

    remark = json.dumps({"assessment": "Fine.", "decision": "go_on", "message": ""})
    roles = {"auditor": scripted([], then=look), "supervisor": scripted([], then=remark)}
    (log,) = run_eval(task, model="none", model_roles=roles, display="none", log_dir=str(tmp_path), turn_limit=12)
    assert log.status == "success", log.error
    assert seen and [last for wanted, last in seen if wanted not in last] == []
    assert log.samples and log.samples[0].error is None, log.samples
