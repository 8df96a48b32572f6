"""What only a real account can show, on the cheapest sandboxes there are: `pytest -m live`, with a Modal token.

Each test is one of the points of docs/modal.md, "Not verified on a live account"; a run of all costs a few cents.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from inspect_ai.util import SandboxEnvironment, SandboxUnavailableError
from modal_support import sh

from seer_evals.environment import Environment, ModelSpec
from seer_evals.inspect_private import sandbox_self_check as self_check
from seer_evals.sandboxes.modal_gpu import ModalSandbox, _leases, _probe, _settings

pytestmark = [pytest.mark.live, pytest.mark.timeout(3600)]
V2, V1 = Environment(timeout=1800), Environment(timeout=1800, gpu=("T4",))
CHECKS = [check for name, check in vars(self_check).items() if name.startswith("test_")]


async def start(environment: Environment) -> ModalSandbox:
    await ModalSandbox.task_init("startup", environment)
    sandboxes: dict[str, SandboxEnvironment] = await ModalSandbox.sample_init("live", environment, {})
    return sandboxes["default"].as_type(ModalSandbox)


@pytest.fixture(scope="module", params=[V2, V1], ids=["V2", "V1"])
async def sandbox(request: pytest.FixtureRequest) -> AsyncIterator[ModalSandbox]:
    one = await start(request.param)
    yield one
    await ModalSandbox.sample_cleanup("live", None, {"default": one}, False)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
async def test_inspect_s_own_checks(sandbox: ModalSandbox, check) -> None:  # type: ignore[no-untyped-def]
    await check(sandbox)


async def test_a_timeout_kills_what_has_gone_into_a_session_of_its_own(sandbox: ModalSandbox) -> None:
    """That gVisor has adoption of orphans (PR_SET_CHILD_SUBREAPER)."""
    with pytest.raises(TimeoutError):
        await sandbox.exec(["sh", "-c", "(setsid sleep 876 &); sleep 876"], timeout=2)
    assert "sleep 876" not in await sh(sandbox, "ps axo args | grep -v grep")


async def test_the_network_is_closed_and_the_gpu_answers(sandbox: ModalSandbox) -> None:
    seen = await _probe.look(sandbox._remote, _probe.OUTSIDE)
    assert seen["reached"] == [] and len(seen["gpus"]) == (1 if sandbox._remote.gpu else 0)


async def test_weights_arrive_in_a_running_sandbox(tmp_path: Path) -> None:
    """That a volume's folder can be mounted before it has files, and is seen anew after reloading."""
    (tmp_path / "config.json").write_text("{}")
    sandbox = await start(Environment(timeout=600, models=(ModelSpec(organism="preference-llama-101"),)))
    try:
        for name in ("m0", "m1"):
            await sandbox.place_model(name, {"base/config.json": tmp_path / "config.json"})
            assert await sandbox.read_file(f"/models/{name}/base/config.json") == "{}"
        assert "Read-only" in await sh(sandbox, "touch /models/m0/base/config.json")
    finally:
        await ModalSandbox.sample_cleanup("live", None, {"default": sandbox}, False)


async def test_a_silent_host_ends_the_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(_settings.LEASE_VARIABLE, "30")
    sandbox = await start(V2)
    _leases.release(sandbox._entry.name)
    await asyncio.sleep(45)
    with pytest.raises(SandboxUnavailableError, match="lease"):
        await sandbox.exec(["true"])
    await ModalSandbox.sample_cleanup("live", None, {"default": sandbox}, False)


async def test_from_a_prepared_image_a_sandbox_starts_in_seconds() -> None:
    await ModalSandbox.task_init("startup", V2)
    began = time.monotonic()
    sandbox = await start(V2)
    seconds = time.monotonic() - began
    await ModalSandbox.sample_cleanup("live", None, {"default": sandbox}, False)
    print(f"{seconds:.1f} s", os.environ.get("MODAL_ENVIRONMENT", ""))
    assert seconds < 30
