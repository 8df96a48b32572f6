"""`task_init` refuses what cannot work here: before the first sample, all reasons at once, each with what to do."""

from pathlib import Path

import pytest
from workstation_support import running

from seer_evals.environment import Environment, FileSpec, ScopedSpec
from seer_evals.inspect_private import PrerequisiteError
from seer_evals.sandboxes.workstation import WorkstationSandbox, _probe, _validate


async def refusal(environment: Environment) -> str:
    with pytest.raises(PrerequisiteError) as raised:
        await WorkstationSandbox.task_init("startup", environment)
    return str(raised.value.message)


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        (Environment(image="python:3.12"), ["python:3.12", "no images"]),
        (Environment(dockerfile="Dockerfile"), ["Dockerfile", "no images"]),
        (Environment(system_packages=("graphviz", "jq")), ["apt-get install graphviz jq"]),
        (Environment(python="2.7"), ["python 2.7"]),
        (Environment(packages=("no-such-package-xyz",)), ["not installed", "pip install 'no-such-package-xyz'"]),
        (Environment(packages=("pydantic<1",)), ["pydantic<1", "is installed", "pip install 'pydantic<1'"]),
        (Environment(packages=("!!",)), ["not a requirement"]),
        (Environment(cpu=4096), ["cpu 4096", "cores"]),
        (Environment(memory=10**9), ["memory", "MiB"]),
        (Environment(secrets=("NO_SUCH_SECRET_XYZ",)), ["NO_SUCH_SECRET_XYZ", "export it"]),
        (Environment(files=(FileSpec(source="/no/such/file", target="x"),)), ["/no/such/file"]),
        (Environment(network="allowlist", allow=("example.org",)), ["allowlist", "modal_gpu"]),
        (Environment(scoped=(ScopedSpec(name="vault", interface="x.py"),)), ["vault", "x.py is no file"]),
        (Environment(network="open", require_isolation=True), ["require_isolation", "network"]),
    ],
)
async def test_what_the_workstation_cannot_do_is_refused(environment: Environment, words: list[str]) -> None:
    message = await refusal(environment)
    assert [word for word in words if word not in message] == []


async def test_all_reasons_are_given_at_once() -> None:
    message = await refusal(Environment(python="2.7", cpu=4096, secrets=("NO_SUCH_SECRET_XYZ",)))
    assert all(word in message for word in ("2.7", "4096", "NO_SUCH_SECRET_XYZ"))


@pytest.mark.parametrize(
    ("present", "wanted", "count", "fits"),
    [
        ([], ("any",), 1, False),
        (["NVIDIA H200"], ("any",), 1, True),
        (["NVIDIA A100-SXM4-80GB"], ("H100", "A100-80GB"), 1, True),
        (["NVIDIA A100-SXM4-80GB"], ("H100",), 1, False),
        (["NVIDIA L4", "NVIDIA L4"], ("L4",), 2, True),
        (["NVIDIA L4"], ("L4",), 2, False),
    ],
)
def test_a_gpu_must_be_of_a_wanted_type(
    present: list[str], wanted: tuple[str, ...], count: int, fits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_validate, "_gpus", lambda: present)
    problems = list(_validate._gpu(Environment(gpu=wanted, gpu_count=count)))
    assert bool(problems) != fits


async def test_isolation_is_refused_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEER_NO_BWRAP", "1")
    message = await refusal(Environment(require_isolation=True))
    assert "SEER_NO_BWRAP" in message and "ground truth" in message


def test_what_is_there_is_accepted() -> None:
    _validate.validate(Environment(packages=("pydantic>=2",), cpu=1, memory=64, env=(("A", "b"),)))
    if _probe.mode() != "plain" and not _probe.no_ceilings():
        _validate.validate(Environment(require_isolation=True))


async def test_an_empty_command_is_a_mistake_of_the_caller() -> None:
    async with running() as sandbox:
        with pytest.raises(ValueError, match="empty"):
            await sandbox.exec([])


def test_a_yaml_file_and_a_logged_configuration_give_the_environment(tmp_path: Path) -> None:
    environment = Environment(env=(("A", "b"),), network="open", timeout=5)
    assert WorkstationSandbox.config_deserialize(environment.model_dump(mode="json")) == environment
