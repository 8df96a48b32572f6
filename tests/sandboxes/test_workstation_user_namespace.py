"""Where the host's user is not root: one user in a namespace of its own, everything else the same."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from inspect_ai.util import SandboxUserUnsupportedError
from workstation_support import running, sh

from seer_evals.sandboxes.workstation import WorkstationSandbox, _probe


@pytest.fixture(scope="module")
async def namespaced() -> AsyncIterator[WorkstationSandbox]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_probe, "mode", lambda: "user")
        async with running() as sandbox:
            yield sandbox


async def test_it_is_isolated(namespaced: WorkstationSandbox) -> None:
    assert all(text.startswith("ceilings: ") for text in namespaced.isolation.missing)
    assert namespaced.isolation.complete or _probe.no_ceilings()
    said = await sh(
        namespaced, f"ls {Path(__file__).resolve()}; ls -A /root; touch /usr/x /models/x; cat /proc/1/environ"
    )
    assert said.count("No such file") == 1
    assert said.count("Read-only") == 2
    assert "FAKE" not in said


async def test_root_of_the_namespace_has_no_capabilities(namespaced: WorkstationSandbox) -> None:
    said = await sh(namespaced, "id -u; grep -E 'Cap(Eff|Prm|Amb)' /proc/self/status; echo x > /proc/sys/kernel/panic")
    assert said.startswith("0\n") and said.count("0000000000000000") == 3
    assert "Read-only" in said or "Permission denied" in said


async def test_it_runs_python_and_holds_files(namespaced: WorkstationSandbox, tmp_path: Path) -> None:
    await namespaced.write_file("a/b.py", "import pydantic; print(6 * 7)")
    assert await sh(namespaced, "python a/b.py") == "42\n"
    (tmp_path / "w").write_text("weights")
    assert await namespaced.read_file(f"{await namespaced.place_model('m0', {'w': tmp_path / 'w'})}/w") == "weights"


async def test_other_users_are_unsupported_and_root_is_itself(namespaced: WorkstationSandbox) -> None:
    assert (await namespaced.exec(["id", "-u"], user="root")).stdout == "0\n"
    with pytest.raises(SandboxUserUnsupportedError, match="single user"):
        await namespaced.exec(["true"], user="nobody")


async def test_a_timeout_kills_daemons(namespaced: WorkstationSandbox) -> None:
    with pytest.raises(TimeoutError):
        await namespaced.exec(["sh", "-c", "(setsid sleep 8201 &); sleep 60"], timeout=1)
    assert await sh(namespaced, "pgrep -f '^sleep 8201'") == ""
