"""Repositories and files: fetched and installed once, copied into every sample, with nothing said of their origin."""

import subprocess
from pathlib import Path

import pytest
from workstation_support import running, sh

from seer_evals.environment import Environment, FileSpec, RepoSpec
from seer_evals.inspect_private import PrerequisiteError
from seer_evals.sandboxes.workstation import WorkstationSandbox, _template


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("origin") / "probing"
    folder.mkdir()
    (folder / "probing.py").write_text("VERSION = 1\n")
    (folder / "pyproject.toml").write_text(
        "[build-system]\nrequires = ['setuptools']\nbuild-backend = 'setuptools.build_meta'\n"
        "[project]\nname = 'probing'\nversion = '1'\n[tool.setuptools]\npy-modules = ['probing']\n"
    )
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "first")
    first = git(folder, "rev-parse", "HEAD")
    (folder / "probing.py").write_text("VERSION = 2\n")
    git(folder, "commit", "-qam", "second")
    return folder, first


async def test_a_repository_is_checked_out_installed_and_private_to_the_sample(repository: tuple[Path, str]) -> None:
    folder, commit = repository
    packages = "SITE=$(python -c 'import sysconfig; print(sysconfig.get_path(\"purelib\"))'); cp probing.py $SITE/"
    repo = RepoSpec(url=str(folder), commit=commit, install=f"{packages}; echo ran >> /workspace/log")
    environment = Environment(repos=(repo,))
    async with running(environment) as one, running(environment) as two:
        assert await sh(one, "cat log probing/probing.py; python -c 'import probing; print(probing.VERSION)'") == (
            "ran\nVERSION = 1\n1\n"
        )
        assert await sh(one, "cd probing && git rev-parse HEAD && git remote") == f"{commit}\n"
        assert str(folder) not in await sh(one, "grep -r . probing/.git")
        assert "second" not in await sh(one, "cd probing && git log --all --format=%s && git fsck --lost-found")
        await sh(one, "echo changed > probing/probing.py; rm -rf probing/.git")
        assert await sh(two, "cat probing/probing.py") == "VERSION = 1\n"
    async with running(environment) as third:
        assert await sh(third, "cat log probing/probing.py") == "ran\nVERSION = 1\n"
    await WorkstationSandbox.task_cleanup("shutdown", environment, True)


async def test_the_preparation_leaves_no_network_settings_to_the_sample(repository: tuple[Path, str]) -> None:
    environment = Environment(repos=(RepoSpec(url=str(repository[0]), commit=repository[1], install="true"),))
    async with running(environment) as sandbox:
        assert "No such file" in await sh(sandbox, "cat /etc/resolv.conf")
    await WorkstationSandbox.task_cleanup("shutdown", environment, True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"url": "/no/such/repository"}, "/no/such/repository"),
        ({"commit": "deadbeef"}, "deadbeef"),
        ({"install": "echo the reason; exit 3"}, "the reason"),
    ],
)
async def test_a_repository_that_cannot_be_had_is_an_error_that_says_why(
    repository: tuple[Path, str], change: dict[str, str], words: str, state_root: str
) -> None:
    before = set(Path(state_root).iterdir())
    spec = {"url": str(repository[0]), "commit": repository[1], **change}
    with pytest.raises(PrerequisiteError, match=words):
        await WorkstationSandbox.task_init("startup", Environment(repos=(RepoSpec(**spec),)))
    assert set(Path(state_root).iterdir()) == before


async def test_files_and_directories_are_copied(tmp_path: Path) -> None:
    (tmp_path / "data" / "deep").mkdir(parents=True)
    (tmp_path / "data" / "deep" / "a.txt").write_text("deep")
    (tmp_path / "one.txt").write_text("one")
    files = (
        FileSpec(source=str(tmp_path / "data"), target="data"),
        FileSpec(source=str(tmp_path / "one.txt"), target="notes/first.txt"),
    )
    environment = Environment(files=files)
    async with running(environment) as sandbox:
        assert await sh(sandbox, "cat data/deep/a.txt notes/first.txt") == "deepone"
        await sh(sandbox, "echo changed > notes/first.txt")
    assert (tmp_path / "one.txt").read_text() == "one"
    await WorkstationSandbox.task_cleanup("shutdown", environment, True)


async def test_what_samples_share_is_made_once_and_removed_at_the_end() -> None:
    environment = Environment(network="open")
    made = await _template.template(environment)
    assert await _template.template(environment) is made
    await WorkstationSandbox.task_cleanup("shutdown", environment, False)
    assert made.directory.is_dir()
    await WorkstationSandbox.task_cleanup("shutdown", environment, True)
    assert not made.directory.exists()


async def test_variables_and_named_secrets_are_handed_in_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDED_IN", "yes")
    monkeypatch.setenv("KEPT_BACK", "no")
    async with running(Environment(env=(("GREETING", "hello"),), secrets=("HANDED_IN",))) as sandbox:
        said = await sh(sandbox, "env")
    assert "GREETING=hello" in said and "HANDED_IN=yes" in said and "KEPT_BACK" not in said
    assert "HF_HUB_OFFLINE=1" in said


async def test_with_an_open_network_packages_can_be_installed_for_this_sample_only(
    repository: tuple[Path, str],
) -> None:
    environment = Environment(network="open")
    async with running(environment) as one, running(environment) as two:
        assert (await one.exec(["sh", "-c", "cd /opt/venv/lib/python3*/site-packages && touch mark"])).success
        assert await sh(two, "ls /opt/venv/lib/python3*/site-packages") == "lab.pth\n"
        assert "HF_HUB_OFFLINE" not in await sh(one, "env")
