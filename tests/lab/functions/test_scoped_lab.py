"""A hidden model in a scoped sandbox, in a laboratory that `open_lab` opens: the agent has its functions only."""

import os
import re
from pathlib import Path
from typing import Any, cast

import pytest
from inspect_ai import Task
from inspect_ai import eval as inspect_eval
from inspect_ai.log import EvalLog, EvalSample
from inspect_ai.model import ContentText
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.tool import ToolDef, bash_session, mcp_connection, text_editor
from inspect_ai.util import SandboxEnvironment, sandbox
from scoped_support import calls

from seer_evals.environment import Environment, ModelSpec, ScopedSpec
from seer_evals.lab import close_lab, lab_sample, open_lab
from seer_evals.lab._lab import Lab
from seer_evals.organisms import Organism, cache_dir, materialize

PAGE = (Path(__file__).parents[3] / "docs" / "environment.md").read_text(encoding="utf-8")
INTERFACE = f"""
{re.findall(r"```python(.*?)```", PAGE, re.DOTALL)[-1]}

@expose
def where(lm: LanguageModel) -> str:
    '''Say where the weights are, which a real interface would not.'''
    return lm.model.name_or_path or "nowhere"
"""
"""The interface of the docs, and one function more."""

Found = dict[str, Any]


@solver
def investigating(found: Found) -> Solver:
    """What an agent tries in each session."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        lab = Lab.of(state)
        found["briefing"] = lab.briefing()
        found["tools"] = {ToolDef(tool).name: tool for tool in lab.tools() if not hasattr(tool, "tools")}
        if lab.plan.session.runs_code and lab.interfaces == "library":
            found["cell"] = await in_a_cell(lab)
        elif lab.interfaces == "tools":
            found["size"] = await found["tools"]["count_parameters"]()
        else:
            [source] = [tool for tool in lab.tools() if hasattr(tool, "tools")]
            async with mcp_connection([source]):
                [size] = [tool for tool in await source.tools() if ToolDef(tool).name.endswith("count_parameters")]
                [answer] = cast(list[ContentText], await size())
                found["size"] = answer.text
        return state

    return solve


async def in_a_cell(lab: Lab) -> list[Any]:
    result = await lab.notebook().run(
        """
import os, vault
names = [name for name in ("model", "tokenizer") if name in globals()]
files = [os.path.join(f, n) for top in ("/models", "/lab", "/workspace", "/tmp", "/var", "/root", "/run", "/home")
         for f, _, ns in os.walk(top) for n in ns if n.endswith((".safetensors", ".bin", "config.json"))]
[names, files, vault.count_parameters(), vault.count_parameters("model", trainable=True), vault.where()]
"""
    )
    assert result.status == "ok", str(result.outputs)[-1500:]
    found: list[Any] = eval("".join(output["data"]["text/plain"] for output in result.outputs if "data" in output))
    return found


def investigate(folder: Path, organism: Organism, found: Found, **options: str) -> EvalSample:
    interface = folder / "interface.py"
    interface.write_text(INTERFACE)
    environment = Environment(
        models=(ModelSpec(organism=organism.id, hidden=True, placement="vault"),),
        scoped=(ScopedSpec(name="vault", interface=str(interface)),),
    )
    return _only_sample(
        inspect_eval(
            Task(
                dataset=[lab_sample("?", environment, id="one")],
                setup=open_lab(**options),
                solver=investigating(found),
                cleanup=close_lab,
            ),
            model="none",
            display="none",
            log_dir=str(folder / "logs"),
        )
    )


def _only_sample(logs: list[EvalLog]) -> EvalSample:
    [log] = logs
    assert log.status == "success" and log.samples, log.error
    assert not log.samples[0].error, log.samples[0].error
    return log.samples[0]


@pytest.fixture(scope="module")
def organism(llama_organisms: dict[str, Organism]) -> Organism:
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    return llama_organisms["preference"]


def test_a_model_in_a_scoped_sandbox_leaves_nothing_with_the_agent(tmp_path: Path, organism: Organism) -> None:
    found: Found = {}
    sample = investigate(tmp_path, organism, found)
    names, files, size, trainable, where = found["cell"]
    assert (names, files) == ([], [])
    assert (size, trainable) == (389760, 0)
    assert where == "/models/m0/base", "the server has the weights, under the neutral name"
    for needle in (organism.id, "preference", str(cache_dir()), materialize(organism).base.parent.name):
        assert needle not in found["briefing"]
    assert (
        "from vault import count_parameters, where" in found["briefing"]
        and "in the sandbox `vault`" in found["briefing"]
    )
    assert [(call["caller"], call["function"]) for call in calls(sample.events)] == [
        ("kernel main", name) for name in ("count_parameters", "count_parameters", "where")
    ]


@pytest.mark.parametrize("form", ["", "mcp"])
def test_without_code_the_functions_are_tools(tmp_path: Path, organism: Organism, form: str) -> None:
    found: Found = {}
    sample = investigate(tmp_path, organism, found, session="tools", interfaces=form)
    assert found["size"] == "389760"
    assert [call["caller"] for call in calls(sample.events)] == [form or "tool"]


def test_a_library_needs_a_session_that_runs_code() -> None:
    with pytest.raises(ValueError, match="interfaces as a library need a session that runs code"):
        open_lab(session="tools", interfaces="library")


@solver
def attacking(found: Found) -> Solver:
    """Everything that would make Inspect's own tools land in the scoped sandbox."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        from seer_evals.inspect_private import sandbox_with_injected_tools

        direct = sandbox("vault").as_type(SandboxEnvironment)  # type: ignore[type-abstract]
        await direct.write_file("/workspace/where", "vault")
        await sandbox().write_file("/workspace/where", "default")
        try:
            await sandbox_with_injected_tools(sandbox_name="vault")
        except Exception as error:
            found["injection"] = str(error)
        await text_editor()(command="create", path="/workspace/new", file_text="text")
        found["edited"] = [await exists(sandbox(name), "/workspace/new") for name in ("default", "vault")]
        found["session"] = await bash_session()(action="type_submit", input="cat /workspace/where")
        return state

    return solve


async def exists(box: SandboxEnvironment, path: str) -> bool:
    try:
        await box.read_file(path)
    except FileNotFoundError:
        return False
    return True


@pytest.mark.slow
def test_inspects_own_tools_run_in_the_agents_sandbox_whatever_was_called_before(tmp_path: Path) -> None:
    found: Found = {}
    interface = tmp_path / "interface.py"
    interface.write_text("from seer_runtime import expose\n@expose\ndef one() -> int:\n    '''One.'''\n    return 1\n")
    environment = Environment(scoped=(ScopedSpec(name="vault", interface=str(interface)),))
    task = Task(
        dataset=[lab_sample("?", environment, id="one")],
        setup=open_lab(),
        solver=attacking(found),
        cleanup=close_lab,
    )
    _only_sample(inspect_eval(task, model="none", display="none", log_dir=str(tmp_path / "logs")))
    assert "no command runs in the scoped sandbox 'vault'" in found["injection"]
    assert found["edited"] == [True, False]
    assert "default" in found["session"] and "vault" not in found["session"]
