"""Without bubblewrap: the same behaviour, a loud warning, and a list of what is not kept apart."""

import logging
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from inspect_ai.util import SandboxUserUnsupportedError
from workstation_support import running, sh

from seer_evals.sandboxes.workstation import WorkstationSandbox


@pytest.fixture(scope="module")
async def plain() -> AsyncIterator[WorkstationSandbox]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEER_NO_BWRAP", "1")
        patch.setenv("FAKE_API_KEY", "planted")
        async with running() as sandbox:
            yield sandbox


async def test_it_says_loudly_what_is_not_isolated(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SEER_NO_BWRAP", "1")
    with caplog.at_level(logging.WARNING):
        await WorkstationSandbox.task_init("startup", None)
    assert "NO ISOLATION" in caplog.text and "ground truth" in caplog.text


def test_its_isolation_lists_what_is_missing(plain: WorkstationSandbox) -> None:
    assert not plain.isolation.complete
    kinds = [text.split(":")[0] for text in plain.isolation.missing]
    assert kinds[:3] == ["files", "processes", "network"] and set(kinds[3:]) <= {"ceilings"}


async def test_it_runs_commands_and_holds_files(plain: WorkstationSandbox) -> None:
    await plain.write_file("notes/a.txt", "text")
    assert await plain.read_file("notes/a.txt") == "text"
    assert await sh(plain, "cat notes/a.txt; pwd") == f"text{plain.layout.workspace}\n"
    result = await plain.exec(
        [plain.layout.python, "-c", "import seer_runtime; print('ok')"], env={"PYTHONPATH": plain.layout.runtime}
    )
    assert result.stdout == "ok\n"


async def test_its_environment_is_clean(plain: WorkstationSandbox) -> None:
    said = await sh(plain, "env")
    assert "planted" not in said and f"HOME={Path(plain.layout.workspace).parent}/root" in said


async def test_a_timeout_kills_daemons(plain: WorkstationSandbox) -> None:
    with pytest.raises(TimeoutError):
        await plain.exec(["sh", "-c", "(setsid sleep 8101 &); sleep 60"], timeout=1)
    assert await sh(plain, "pgrep -f '^sleep 8101'") == ""


async def test_only_the_own_user_is_supported(plain: WorkstationSandbox) -> None:
    assert (await plain.exec(["id", "-u"], user=str(os.getuid()))).stdout == f"{os.getuid()}\n"
    with pytest.raises(SandboxUserUnsupportedError):
        await plain.exec(["true"], user="nobody")


async def test_models_are_placed(plain: WorkstationSandbox, tmp_path: Path) -> None:
    (tmp_path / "w").write_text("weights")
    where = await plain.place_model("m0", {"w": tmp_path / "w"})
    assert await plain.read_file(f"{where}/w") == "weights"


async def test_there_is_nothing_to_enter(plain: WorkstationSandbox) -> None:
    with pytest.raises(NotImplementedError):
        await plain.connection()
