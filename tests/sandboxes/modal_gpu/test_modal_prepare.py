"""What all samples of an environment share is made once, kept beyond the process, and made anew when it has to be."""

import subprocess
from pathlib import Path

import pytest
from inspect_ai.util import SandboxEnvironment
from modal_support import CPU, GPU, PATH, running, sh

from seer_evals.environment import Environment, FileSpec, RepoSpec
from seer_evals.inspect_private import PrerequisiteError, SandboxEnvironmentProxy
from seer_evals.sandboxes.modal_gpu import ModalSandbox, _prepare, _snapshots
from tests.modal_emulator import Emulator
from tests.modal_emulator.faults import BuildFails

ENV = (("PATH", PATH),)


@pytest.fixture(autouse=True)
def nothing_is_left(emulator: Emulator):  # type: ignore[no-untyped-def]
    yield
    emulator.faults.clear()
    assert emulator.sandboxes() == []


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    folder = tmp_path_factory.mktemp("repo")

    def git(*arguments: str) -> str:
        identity = ("-c", "user.name=n", "-c", "user.email=e@e")
        done = subprocess.run(["git", *identity, "-C", folder, *arguments], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    git("init", "-q")
    (folder / "tool.sh").write_text("echo first\n")
    git("add", "."), git("commit", "-qm", "first")
    first = git("rev-parse", "HEAD")
    (folder / "tool.sh").write_text("echo second\n")
    git("commit", "-qam", "second")
    return str(folder), first


@pytest.mark.slow
async def test_repositories_and_files_are_there_in_every_sample(
    emulator: Emulator, repo: tuple[str, str], tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "ü.txt").write_text("content")
    environment = Environment(
        env=ENV,
        repos=(RepoSpec(url=repo[0], commit=repo[1], target="tool", install="sh tool.sh > /opt/installed"),),
        files=(FileSpec(source=str(tmp_path / "data"), target="given/data"),),
    )
    async with running(environment) as sandbox:
        assert await sh(sandbox, "cat tool/tool.sh /opt/installed given/data/ü.txt") == "echo first\nfirst\ncontent"
        assert (await sh(sandbox, "git -C tool log --oneline | wc -l")).strip() == "1"
        assert (await sh(sandbox, "ls /tmp /lab/run")).split() == ["/lab/run:", "lease", "requests", "/tmp:"]


@pytest.mark.slow
async def test_samples_do_not_see_each_other(emulator: Emulator) -> None:
    await ModalSandbox.task_init("startup", CPU)
    one, two = [(await ModalSandbox.sample_init("task", CPU, {}))["default"] for _ in range(2)]
    await one.write_file("/root/x", "x")
    with pytest.raises(FileNotFoundError):
        await two.read_file("/root/x")
    await ModalSandbox.sample_cleanup("task", CPU, {"a": one, "b": two}, False)


async def test_it_is_made_once_and_outlives_the_process(emulator: Emulator) -> None:
    await ModalSandbox.task_init("startup", CPU)
    _prepare.forget()
    emulator.calls.reset()
    await ModalSandbox.task_init("startup", CPU)
    # The GPU is chosen when a sample starts, and is no part of what is prepared.
    await ModalSandbox.task_init("startup", GPU)
    assert emulator.calls.total("SandboxCreate", "SandboxCreateV2", "ImageGetOrCreate") == 0


@pytest.mark.slow
async def test_no_gpu_is_held_while_it_is_made(emulator: Emulator) -> None:
    emulator.calls.reset()
    await ModalSandbox.task_init("startup", Environment(env=(*ENV, ("X", "1")), gpu=("H100",)))
    assert emulator.calls.total("SandboxCreateV2") == 1 and emulator.calls.total("SandboxCreate") == 0


@pytest.mark.slow
async def test_a_snapshot_that_modal_has_thrown_away_is_made_anew(emulator: Emulator) -> None:
    content = _snapshots.key(CPU)
    await ModalSandbox.task_init("startup", CPU)
    _snapshots.remember(content, _snapshots.Prepared("im-nosuchimage00000000000", "/usr/bin/python3", 2e9))
    _prepare.forget()
    async with running(CPU) as sandbox:
        assert (await sandbox.exec(["true"])).success


@pytest.mark.parametrize(
    "change", [{"packages": ("numpy",)}, {"system_packages": ("jq",)}, {"env": (("A", "b"),)}, {"image": "debian"}]
)
def test_what_decides_the_content_decides_the_key(emulator: Emulator, change: dict[str, object]) -> None:
    assert _snapshots.key(CPU.model_copy(update=change)) != _snapshots.key(CPU)


def test_a_file_that_has_changed_changes_the_key(emulator: Emulator, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("1")
    environment = Environment(files=(FileSpec(source=str(tmp_path / "x"), target="x"),))
    before = _snapshots.key(environment)
    (tmp_path / "x").write_text("2")
    assert _snapshots.key(environment) != before


@pytest.mark.slow
async def test_an_image_of_one_s_own(emulator: Emulator, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM debian:12\nCOPY note /opt/note\nRUN echo built > /opt/built\n")
    (tmp_path / "note").write_text("mine\n")
    async with running(Environment(env=ENV, dockerfile=str(tmp_path / "Dockerfile"))) as sandbox:
        assert await sh(sandbox, "cat /opt/note /opt/built") == "mine\nbuilt\n"


async def test_an_image_that_cannot_be_built_is_one_clear_message(emulator: Emulator) -> None:
    emulator.faults.add(BuildFails(step="no-such-package", message="E: unable to locate package no-such-package"))
    with pytest.raises(PrerequisiteError, match="unable to locate package no-such-package"):
        await ModalSandbox.task_init("startup", Environment(env=ENV, system_packages=("no-such-package",)))


async def test_an_install_command_that_fails_is_one_clear_message(emulator: Emulator, repo: tuple[str, str]) -> None:
    failing = RepoSpec(url=repo[0], commit=repo[1], install="echo of this; exit 3")
    with pytest.raises(PrerequisiteError, match=r"(?s)exit 3.*status 3.*of this"):
        await ModalSandbox.task_init("startup", Environment(env=ENV, repos=(failing,)))


@pytest.mark.slow
async def test_variables_and_secrets_are_set(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET", "s3cret")
    environment = Environment(env=(*ENV, ("GREETING", "hello there")), secrets=("A_SECRET",))
    for one in (environment, environment.model_copy(update={"gpu": ("T4",)})):
        async with running(one) as sandbox:
            said = await sh(sandbox, "echo $GREETING $A_SECRET $HF_HUB_OFFLINE; pwd")
            assert said == "hello there s3cret 1\n/workspace\n"


async def test_inspect_s_own_program_is_there_and_is_not_uploaded_again(emulator: Emulator) -> None:
    async with running(CPU) as sandbox:
        proxy: SandboxEnvironment = SandboxEnvironmentProxy(sandbox)
        emulator.calls.reset()
        result = await proxy.exec_remote(["echo", "through it"], stream=False)
        assert result.stdout == "through it\n"
        assert emulator.calls["TaskExecStdinWrite"] < 10
