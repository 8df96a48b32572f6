"""The provider in Inspect's hands: an evaluation with its injected tools, set-up scripts and files, and a way in."""

import shlex
import subprocess
from pathlib import Path

import pytest
from inspect_ai import Task, eval
from inspect_ai.agent import react
from inspect_ai.dataset import Sample
from inspect_ai.model import ChatMessageTool, ModelOutput, ModelUsage, get_model
from inspect_ai.tool import bash, bash_session, text_editor
from inspect_ai.util import SandboxEnvironmentSpec

from seer_evals.environment import Environment
from seer_evals.sandboxes.workstation import WorkstationSandbox, _probe


def calls(*pairs: tuple[str, dict[str, object]]) -> list[ModelOutput]:
    outputs = [ModelOutput.for_tool_call("mockllm/model", name, arguments) for name, arguments in pairs]
    outputs.append(ModelOutput.for_tool_call("mockllm/model", "submit", {"answer": "done"}))
    for output in outputs:
        output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    return outputs


@pytest.mark.slow
def test_an_evaluation_runs_with_injected_tools(tmp_path: Path) -> None:
    sample = Sample(
        input="go", files={"given.txt": "from the sample"}, setup="#!/bin/sh\ncp given.txt set_up.txt", id="one"
    )
    environment = Environment(env=(("GREETING", "hello"),))
    task = Task(
        dataset=[sample],
        solver=react(tools=[bash(), bash_session(), text_editor()]),
        sandbox=SandboxEnvironmentSpec("workstation", environment),
    )
    outputs = calls(
        ("bash", {"command": "cat set_up.txt; echo; echo $GREETING; pwd"}),
        ("bash_session", {"action": "type_submit", "input": "cd /tmp && X=41"}),
        ("bash_session", {"action": "type_submit", "input": "echo $((X+1)) in $PWD"}),
        ("text_editor", {"command": "create", "path": "/workspace/new.txt", "file_text": "edited\n"}),
        ("bash", {"command": "cat /workspace/new.txt"}),
    )
    (log,) = eval(task, model=get_model("mockllm/model", custom_outputs=outputs), log_dir=str(tmp_path), display="none")
    assert log.status == "success" and log.samples, log.error
    said = [message.text for message in log.samples[0].messages if isinstance(message, ChatMessageTool)]
    assert said[0] == "from the sample\nhello\n/workspace\n"
    assert "42 in /tmp" in said[2]
    assert "edited" in said[4]


async def test_a_person_can_enter(sandbox: WorkstationSandbox) -> None:
    if _probe.mode() != "root":
        pytest.skip("entering is tested as root")
    await sandbox.write_file("here.txt", "inside")
    command = shlex.split((await sandbox.connection()).command)
    script = "cat here.txt; hostname; grep CapEff /proc/self/status; ls / | tr '\\n' ' '"
    done = subprocess.run([*command, "-c", script], capture_output=True, text=True, timeout=20)
    inside = (await sandbox.exec(["grep", "CapEff", "/proc/self/status"])).stdout
    assert done.stdout.startswith(f"insidelab\n{inside}"), done.stderr
    assert "work " not in done.stdout and "models" in done.stdout


async def test_there_is_no_way_into_a_dead_sandbox() -> None:
    sandboxes = await WorkstationSandbox.sample_init("task", None, {})
    await WorkstationSandbox.sample_cleanup("task", None, sandboxes, False)
    with pytest.raises(ConnectionError, match="its sample has ended"):
        await sandboxes["default"].connection()


def test_it_allows_two_sandboxes_per_core() -> None:
    assert (WorkstationSandbox.default_concurrency() or 0) >= 2
