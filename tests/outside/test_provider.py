"""A third sandbox provider: one file of a user's, outside the package, that `seer provider new` wrote."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from inspect_ai import Task
from inspect_ai import eval as run_eval
from inspect_ai.log import read_eval_log
from inspect_ai.util import SandboxEnvironment

from seer_evals.checks.laboratory import untrained
from seer_evals.checks.provider import _held, check_provider_file
from seer_evals.environment import Environment, FileSpec, ModelSpec, ScopedSpec
from seer_evals.inspect_private import registry_find_sandboxenv
from seer_evals.lab import close_lab, lab_sample, open_lab
from seer_evals.lab.interfaces import CHAT
from seer_evals.new import write_new
from seer_evals.refusal import Refusal
from seer_evals.sandboxes import ExecSandbox, check_provider, spec_for
from seer_evals.solvers import single_agent
from tests.scripted import Step, scripted

LINES = 150


@pytest.fixture
def provider(mine: Path, request: pytest.FixtureRequest) -> Path:
    """Its name is the test's: a process knows one provider of each name."""
    name = request.node.originalname.removeprefix("test_")
    return write_new("provider", name, mine)[0]


@asynccontextmanager
async def started(path: Path, environment: Environment) -> AsyncIterator[dict[str, SandboxEnvironment]]:
    spec = spec_for(str(path), environment)
    found = registry_find_sandboxenv(spec.type)
    await found.task_init("task", spec.config)
    sandboxes = await found.sample_init("task", spec.config, {})
    try:
        yield sandboxes
    finally:
        await found.sample_cleanup("task", spec.config, sandboxes, False)


def test_it_is_one_short_file(provider: Path) -> None:
    assert len(provider.read_text().splitlines()) <= LINES


async def test_a_sandbox_has_files_variables_and_processes_and_is_gone_afterwards(provider: Path) -> None:
    Path("given.txt").write_text("given")
    environment = Environment(files=(FileSpec(source="given.txt", target="in/given.txt"),), env=(("MINE", "yes"),))
    async with started(provider, environment) as sandboxes:
        (box,) = sandboxes.values()
        assert isinstance(box, ExecSandbox) and not box.isolation.complete
        assert await box.read_file("in/given.txt") == "given"
        said = await box.exec(["sh", "-c", "echo $MINE $HF_HUB_OFFLINE $PYTEST_CURRENT_TEST; pwd"])
        assert said.stdout.split() == ["yes", "1", box.layout.workspace]
        await _held(box)
        await box.exec(["sh", "-c", "sleep 1000 >/dev/null 2>&1 & echo $! > pid"])
        pid = (await box.read_file("pid")).strip()
        assert Path(f"/proc/{pid}").exists()
    assert not Path(box.layout.workspace).exists()
    assert not Path(f"/proc/{pid}").exists() or "State:\tZ" in Path(f"/proc/{pid}/status").read_text()


async def test_what_it_does_not_give_is_refused_all_at_once_before_the_start(provider: Path) -> None:
    asked = Environment(image="of/mine", packages=("x",), require_isolation=True, network="open")
    with pytest.raises(Refusal, match=r"- image: of/mine .*\n- packages: .*\n- require_isolation: ") as refused:
        async with started(provider, asked):
            pass
    assert "network" not in str(refused.value), "this one is given"


def test_a_file_without_a_provider_that_can_be_used_is_refused(provider: Path, mine: Path) -> None:
    with pytest.raises(ValueError, match=r"there is no file nowhere\.py"):
        check_provider("nowhere.py")
    (mine / "none.py").write_text("import os\n")
    with pytest.raises(ValueError, match="has to have one provider, a class under @sandboxenv; it has 0"):
        check_provider("none.py")
    taken = mine / "taken.py"
    taken.write_text(provider.read_text().replace(f'name="{provider.stem}"', 'name="workstation"'))
    with pytest.raises(ValueError, match="called 'workstation', as another one is; rename it"):
        check_provider("taken.py")


@pytest.mark.slow
def test_what_a_provider_does_wrong_is_said(provider: Path) -> None:
    text = provider.read_text()
    provider.write_text(
        text.replace("timeout=timeout,", "timeout=None,").replace("data.decode() if text", "data if text")
    )
    problems = check_provider_file(provider)
    assert any(problem.startswith("test_exec_timeout: ") for problem in problems), problems
    assert any(problem.startswith("test_read_and_write_file_text: ") for problem in problems), problems


@pytest.mark.slow
def test_an_investigation_is_run_to_its_end(provider: Path, mine: Path) -> None:
    says: list[Step] = [
        (
            "run_cell",
            {"code": "import vault\nprint(type(model).__name__, vault.ask('other', ['Hello'], max_new_tokens=2))"},
        ),
        ("submit_report", {"answer": "Nothing.", "nothing_unusual": True}),
    ]
    with untrained() as model:
        scoped = ModelSpec(path=model.path, adapter=model.adapter, name="other", placement="vault")
        environment = Environment(models=(model, scoped), scoped=(ScopedSpec(name="vault", interface=str(CHAT)),))
        sample = lab_sample("What is it?", environment, id="one", sandbox=provider.name)
        task = Task([sample], setup=open_lab(), solver=single_agent(), cleanup=close_lab)
        (log,) = run_eval(task, model=scripted(says), log_dir="logs", display="none")
    assert log.status == "success", log.error
    (ended,) = read_eval_log(log.location).samples or []
    assert ended.sandbox is not None and ended.sandbox.type == provider.stem
    assert isinstance(ended.sandbox.config, Environment)
    told = [message.text for message in ended.messages if message.role == "tool"]
    assert "PeftModelForCausalLM [" in told[0], told
    assert ended.store["lab:report"]["nothing_unusual"] is True
