"""Providers of others: each sample has a machine of its own and its log can be read back, or it is refused before."""

import os
from pathlib import Path
from typing import Any

import anyio
import pytest
import yaml
from inspect_ai import Task, eval_retry
from inspect_ai import eval as run_eval
from inspect_ai.log import EvalLog, read_eval_log
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.util import ComposeConfig, SandboxEnvironment, sandboxenv

from seer_evals.costs import costs_of
from seer_evals.environment import Environment, FileSpec, ModelSpec, RepoSpec, ScopedSpec
from seer_evals.inspect_private import ComposeProject
from seer_evals.lab import Lab, close_lab, lab_sample, load_report, open_lab
from seer_evals.lab.interfaces import WHITEBOX
from seer_evals.refusal import Refusal
from seer_evals.reports import Report
from seer_evals.sandboxes import config_for
from seer_evals.sandboxes._foreign import available
from seer_evals.tasks import hidden_preference
from seer_evals.tasks.known_entities import known_entities
from tests.stand_in import StandIn, why_not

ORGANISM = "preference-llama-101"
_THERE = pytest.mark.skipif(why_not() is not None, reason=f"the stand-in {why_not()}")
NOTHING = Report(nothing_unusual=True, answer="Nothing.")


def needs_machines(test: Any) -> Any:
    """It starts sandboxes of the stand-in, with organisms in them."""
    return _THERE(pytest.mark.usefixtures("llama_organisms")(test))


@sandboxenv(name="crowded")
class Crowded(StandIn):
    """A provider all of whose samples land on one machine."""

    machine: SandboxEnvironment | None = None

    @classmethod
    async def sample_init(cls, task_name: str, config: Any, metadata: dict[str, str]) -> dict[str, SandboxEnvironment]:
        if cls.machine is None:
            (cls.machine,) = (await super().sample_init(task_name, config, metadata)).values()
        return {"default": cls.machine}

    @classmethod
    async def sample_cleanup(cls, task_name: str, config: Any, environments: Any, interrupted: bool) -> None:
        """It stays for the others."""


@sandboxenv(name="k8s")
class Cluster(StandIn):
    """By the name of the one that builds no images."""


def run(folder: Path, task: Task, harness: Solver, **options: Any) -> EvalLog:
    [log] = run_eval([task], solver=harness, model="none", log_dir=str(folder), score=False, **options)
    return log


async def printed(lab: Lab, code: str) -> str:
    result = await lab.notebook().run(code)
    return "".join(str(output.get("text") or output.get("evalue", "")) for output in result.outputs).strip()


SEEN: dict[str, list[str]] = {}
ASKED: dict[str, int] = {}


@solver
def looks_around() -> Solver:
    """Leaves a mark, waits until everybody has, and looks for the marks of others."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        lab, name = Lab.of(state), str(state.sample_id)
        mark = f"import os\nmine = globals().get('mine', []) + [{name!r}]\nopen('/workspace/mark', 'a').write({name!r})"
        await printed(lab, mark)
        SEEN[name] = []
        with anyio.fail_after(300):
            while len(SEEN) < 2:
                await anyio.sleep(0.1)
        look = "print(mine, open('/workspace/mark').read(), os.listdir('/models'), type(model).__name__)"
        closed = "import socket\ntry: socket.create_connection(('1.1.1.1', 443), 2)\nexcept OSError: print('closed')"
        SEEN[name] = [await printed(lab, look), await printed(lab, closed), str(lab.isolation.complete)]
        lab.submit(NOTHING)
        return state

    return solve


@pytest.mark.slow
@needs_machines
def test_samples_that_run_at_once_have_a_kernel_files_and_weights_each(tmp_path: Path) -> None:
    SEEN.clear()
    log = run(tmp_path, hidden_preference(organisms=ORGANISM, sandbox="stand_in"), looks_around(), max_samples=2)
    assert log.status == "success", log.error
    assert len(SEEN) == 2
    for name, seen in SEEN.items():
        assert seen == [f"['{name}'] {name} ['m0'] PeftModelForCausalLM", "closed", "False"]
    assert all(box._process.poll() is not None and not box.home.exists() for box in StandIn.started)
    assert not Path("/models").exists() and not Path("/var/tmp/lab").exists()


@solver
def finds_nothing(tried: str = "") -> Solver:
    """Reports nothing; where it is to leave a file, it fails until it is tried again."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        if tried and not Path(tried).exists():
            Path(tried).write_text("")
            raise RuntimeError("the first time")
        Lab.of(state).submit(NOTHING)
        return state

    return solve


@pytest.mark.slow
@needs_machines
def test_a_log_can_be_read_back_and_a_failed_run_taken_up_again(tmp_path: Path) -> None:
    task = hidden_preference(organisms=ORGANISM, controls=False, sandbox="stand_in")
    failed = run(tmp_path, task, finds_nothing(str(tmp_path / "tried")))
    assert failed.status == "error"
    sample = (read_eval_log(failed.location).samples or [])[0]
    assert sample.sandbox is not None and isinstance(sample.sandbox.config, ComposeConfig)
    [retried] = eval_retry(failed, log_dir=str(tmp_path), score=False)
    assert retried.status == "success", retried.error


@solver
def calls_the_interface() -> Solver:
    """Reaches the model by functions only."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        lab = Lab.of(state)
        code = (
            "import os, whitebox\nprint(os.listdir('/models'), len(whitebox.ask('model', ['Hello'], max_new_tokens=2)))"
        )
        SEEN["scoped"] = [await printed(lab, code), await printed(lab, "print(open('given.txt').read())")]
        lab.submit(NOTHING)
        return state

    return solve


@needs_machines
def test_scoped_sandboxes_and_files_work_there(tmp_path: Path) -> None:
    (tmp_path / "given.txt").write_text("given")
    model = ModelSpec(organism=ORGANISM, hidden=True, placement="whitebox")
    environment = Environment(
        models=(model,),
        scoped=(ScopedSpec(name="whitebox", interface=str(WHITEBOX)),),
        files=(FileSpec(source=str(tmp_path / "given.txt"), target="given.txt"),),
    )
    sample = lab_sample("?", environment, id="one", sandbox="stand_in")
    task = Task(dataset=[sample], setup=open_lab(), cleanup=close_lab)
    log = run(tmp_path, task, calls_the_interface())
    assert log.status == "success", log.error
    assert SEEN["scoped"] == ["[] 1", "given"]


@pytest.mark.slow
@needs_machines
def test_a_machine_that_samples_share_is_refused_to_all_but_the_first(tmp_path: Path) -> None:
    task = hidden_preference(organisms=ORGANISM, sandbox="crowded")
    log = run(tmp_path, task, finds_nothing(), max_samples=1, fail_on_error=False)
    errors = [sample.error.message if sample.error else "" for sample in log.samples or []]
    assert sorted(map(bool, errors)) == [False, True]
    assert "samples do not have a machine of their own there" in "".join(errors)
    assert Crowded.machine is not None
    anyio.run(StandIn.sample_cleanup, "", None, {"default": Crowded.machine}, False)


@pytest.mark.parametrize("task", [hidden_preference, known_entities])
def test_local_is_refused_with_the_reason_before_anything_starts(task: Any) -> None:
    with pytest.raises(Refusal, match=r"sandbox 'local': .*share one kernel.*available: .*workstation"):
        task(sandbox="local")
    with pytest.raises(Refusal, match="unknown sandbox 'nowhere'; available: ") as refused:
        task(sandbox="nowhere")
    assert "local" not in str(refused.value)
    assert {"workstation", "modal_gpu", "stand_in"} <= set(available()) and "local" not in available()


def test_local_in_place_of_the_tasks_own_is_refused_too(tmp_path: Path) -> None:
    log = run(tmp_path, hidden_preference(organisms=ORGANISM, controls=False), looks_around(), sandbox="local")
    assert log.status == "error" and log.error is not None
    assert "no laboratory in the sandbox 'local'" in log.error.message
    assert load_report_of(log) is None
    assert not Path("/models").exists() and not Path("/var/tmp/lab").exists()


def load_report_of(log: EvalLog) -> Report | None:
    from inspect_ai.util import Store

    return load_report(Store((log.samples or [])[0].store))


def test_what_a_provider_of_others_cannot_give_is_said_at_once() -> None:
    wanted = Environment(
        repos=(RepoSpec(url="a/b", commit="c"),), secrets=("KEY",), network="allowlist", allow=("a.org",), timeout=9
    )
    with pytest.raises(ValueError, match=r"repos: .*\n.*secrets: .*\n.*timeout: .*\n.*network: allowlist"):
        config_for("stand_in", wanted)
    with pytest.raises(Refusal, match="secrets: "):
        lab_sample("?", wanted, id="one", sandbox="stand_in")
    with pytest.raises(ValueError, match="image: it builds none"):
        config_for("k8s", Environment())
    assert config_for("k8s", Environment(image="of/mine")).services["default"].image == "of/mine"  # type: ignore[attr-defined]
    assert config_for("workstation", wanted) is wanted


async def test_docker_is_told_image_variables_resources_and_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEER_CACHE", str(tmp_path))
    environment = Environment(
        packages=("scipy<2",), env=(("PRICE", "$HOME"),), gpu=("any",), gpu_count=2, cpu=2, memory=512
    )
    # Inspect's own code for Docker writes the file that Docker reads.
    project = await ComposeProject.create("it", config_for("docker", environment))  # type: ignore[arg-type]
    assert project.config is not None
    service = yaml.safe_load(Path(project.config).read_text())["services"]["default"]
    os.unlink(project.config)
    assert service["network_mode"] == "none" and service["environment"]["PRICE"] == "$$HOME"
    assert (service["cpus"], service["mem_limit"]) == (2, "512m")
    assert service["deploy"]["resources"]["reservations"]["devices"][0]["count"] == 2
    recipe = Path(service["build"]["context"], "Dockerfile").read_text()
    assert "'scipy<2'" in recipe and "ipykernel==" in recipe and "torch==" in recipe


async def test_a_plan_says_what_is_fetched_for_a_provider_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    [plan] = await costs_of("tasks/hidden_preference.py", {"organisms": ORGANISM, "sandbox": "stand_in"})
    assert [group.provider for group in plan.groups] == ["stand_in"] and plan.fetched.built
