"""No sandbox outlives what it was started for, whatever goes wrong on the way."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import anyio
import pytest
from inspect_ai.util import SandboxUnavailableError
from modal_support import CPU, GPU, PATH, running, sh

import seer_evals
from seer_evals.environment import Environment
from seer_evals.inspect_private import PrerequisiteError
from seer_evals.sandboxes.modal_gpu import ModalSandbox, _ledger, _probe, _sample, _settings
from tests.modal_emulator import Emulator
from tests.modal_emulator.faults import (
    Delay,
    Exhausted,
    FailsToStart,
    GpuLimit,
    LostResponse,
    NoCapacity,
    SlowScheduling,
    Unavailable,
)

BACK_ENDS = pytest.mark.parametrize("environment", [CPU, pytest.param(GPU, marks=pytest.mark.slow)], ids=["V2", "V1"])
CREATE = {CPU: "SandboxCreateV2", GPU: "SandboxCreate"}


@pytest.fixture(autouse=True)
def nothing_is_left(emulator: Emulator):  # type: ignore[no-untyped-def]
    yield
    emulator.faults.clear()
    assert gone(emulator)
    assert _ledger.entries() == []


def gone(emulator: Emulator, seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while emulator.sandboxes() and time.monotonic() < deadline:
        time.sleep(0.05)
    return not emulator.sandboxes()


@pytest.fixture
async def prepared(emulator: Emulator, environment: Environment) -> Emulator:
    """The emulator, on which what all samples start from is there already."""
    await ModalSandbox.task_init("startup", environment)
    return emulator


async def start(environment: Environment) -> ModalSandbox:
    await ModalSandbox.task_init("startup", environment)
    return (await ModalSandbox.sample_init("task", environment, {"__sample_id__": "s 1"}))["default"].as_type(
        ModalSandbox
    )


async def end(sandbox: ModalSandbox, interrupted: bool = False) -> None:
    await ModalSandbox.sample_cleanup("task", None, {"default": sandbox}, interrupted)


@pytest.mark.slow
@BACK_ENDS
async def test_a_sandbox_says_whose_it_is_from_the_first_moment(emulator: Emulator, environment: Environment) -> None:
    sandbox = await start(environment)
    (live,) = emulator.sandboxes()
    assert live.name == sandbox._entry.name and emulator.calls["SandboxTagsSet"] == 0
    tags = {"created_by": "seer_evals", "task": "task", "sample": "s-1", "sandbox": "default"}
    assert tags.items() <= live.tags.items()
    assert live.tags["owner_pid"] == str(os.getpid())
    assert float(live.tags["deadline"]) == pytest.approx(time.time() + _settings.LONGEST, abs=60)
    await end(sandbox)


@BACK_ENDS
@pytest.mark.parametrize("interrupted", [False, True])
async def test_a_sample_that_is_over_ends_its_sandbox_at_once(
    emulator: Emulator, environment: Environment, interrupted: bool
) -> None:
    sandbox = await start(environment)
    with anyio.move_on_after(0.3):
        await sandbox.exec(["sleep", "100"])
    with anyio.CancelScope() as scope:
        scope.cancel()
        await end(sandbox, interrupted)
    assert gone(emulator, 1)


@BACK_ENDS
@pytest.mark.parametrize("remembered", [True, False])
async def test_a_sandbox_whose_answer_was_lost_is_adopted(
    prepared: Emulator, environment: Environment, remembered: bool
) -> None:
    prepared.faults.add(LostResponse(method=CREATE[environment], remembered=remembered))
    sandbox = await start(environment)
    assert len(prepared.sandboxes()) == 1
    assert (await sandbox.exec(["true"])).success
    await end(sandbox)


@pytest.mark.slow
@BACK_ENDS
async def test_what_fails_for_a_while_is_tried_again(prepared: Emulator, environment: Environment) -> None:
    prepared.faults.add(Exhausted(method=CREATE[environment]))
    prepared.faults.add(Unavailable(method=CREATE[environment], times=5))
    sandbox = await start(environment)
    terminate = "SandboxTerminateV2" if environment is CPU else "SandboxTerminate"
    prepared.faults.add(Unavailable(method=terminate, times=5))
    await end(sandbox)
    assert gone(prepared, 1)


@pytest.mark.slow
@BACK_ENDS
async def test_cancelling_a_start_at_any_moment_leaves_nothing(prepared: Emulator, environment: Environment) -> None:
    delay = prepared.faults.add(Delay(seconds=0.05))
    for moment in (0.0, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.4):
        with anyio.move_on_after(moment):
            await end(await start(environment))
    prepared.faults.remove(delay)
    assert gone(prepared, 3)
    for entry in _ledger.entries():
        # Those that were never asked for stay on record for a while, and are looked for again.
        await ModalSandbox.cli_cleanup(entry.name)


@BACK_ENDS
async def test_a_sandbox_that_cannot_be_started_says_why(prepared: Emulator, environment: Environment) -> None:
    prepared.faults.add(FailsToStart(message="no such runtime", times=None))
    with pytest.raises(SandboxUnavailableError, match="no such runtime"):
        await start(environment)
    prepared.faults.clear()
    await forget_unsettled()


async def forget_unsettled() -> None:
    for entry in _ledger.entries():
        await ModalSandbox.cli_cleanup(entry.name)


@pytest.mark.slow
async def test_a_gpu_that_is_not_to_be_had_makes_way_for_the_next(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(_settings.CAPACITY_VARIABLE, "1")
    emulator.faults.add(NoCapacity(gpu="H100"))
    wanted = GPU.model_copy(update={"gpu": ("H100", "A100-80GB"), "gpu_count": 2})
    sandbox = await start(wanted)
    assert sandbox._remote.gpu == "A100-80GB:2"
    assert [live.gpu for live in emulator.sandboxes()] == ["A100-80GB"]
    await end(sandbox)
    await forget_unsettled()


@pytest.mark.slow
async def test_when_no_gpu_is_to_be_had_all_that_were_tried_are_named(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(_settings.CAPACITY_VARIABLE, "0.7")
    emulator.faults.add(NoCapacity())
    with pytest.raises(SandboxUnavailableError, match=r"H200: none within.*B200: none within.*SEER_MODAL_CAPACITY"):
        await start(GPU.model_copy(update={"gpu": ("H200", "B200")}))
    await forget_unsettled()


async def asked_for(emulator: Emulator, times: int) -> None:
    while emulator.calls["SandboxCreate"] < times:
        await asyncio.sleep(0.05)


@pytest.mark.slow
async def test_a_workspaces_limit_of_gpus_is_waited_for_while_others_hold_them(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulator.faults.add(GpuLimit(most=1))
    first = await start(GPU)
    monkeypatch.setenv(_settings.QUEUE_VARIABLE, "300")
    second: list[ModalSandbox] = []

    async def start_second() -> None:
        second.append(await start(GPU))

    monkeypatch.setenv(_settings.CAPACITY_VARIABLE, "0.5")
    asked = emulator.calls["SandboxCreate"]
    async with anyio.create_task_group() as group:
        group.start_soon(start_second)
        # Given up more than once, after the seconds that a type of GPU is waited for.
        await asked_for(emulator, asked + 3)
        assert not second
        monkeypatch.setenv(_settings.CAPACITY_VARIABLE, "60")
        await end(first)
    await end(second[0])
    await forget_unsettled()


@pytest.mark.slow
@pytest.mark.parametrize("patient", [True, False])
async def test_the_wait_for_a_limit_ends_and_there_is_none_for_who_holds_a_gpu(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, patient: bool
) -> None:
    emulator.faults.add(GpuLimit(most=1))
    first = await start(GPU)
    monkeypatch.setenv(_settings.CAPACITY_VARIABLE, "0.5")
    monkeypatch.setenv(_settings.QUEUE_VARIABLE, "0.1" if patient else "300")
    said = r"hold 1 GPUs, so the workspace's limit.*SEER_MODAL_QUEUE" if patient else "none within 0.5 s"
    with pytest.raises(SandboxUnavailableError, match=said):
        await _sample.start(GPU, "default", "task", {}, patient=patient)
    await end(first)
    await forget_unsettled()


@pytest.mark.slow
@BACK_ENDS
async def test_a_quota_is_waited_for_and_no_lack_of_machines(
    prepared: Emulator, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared.faults.add(Exhausted(method=CREATE[environment], retry_after=None, times=2))
    await end(await start(environment))
    monkeypatch.setenv(_settings.CAPACITY_VARIABLE, "1")
    prepared.faults.add(Exhausted(method=CREATE[environment], retry_after=None, times=None))
    with pytest.raises(SandboxUnavailableError, match=r"a limit of Modal's, still after 1 s \(.*too many calls"):
        await start(environment)
    prepared.faults.clear()
    await forget_unsettled()


@pytest.mark.slow
async def test_beside_a_gpu_there_are_cores_and_memory_to_feed_it(emulator: Emulator) -> None:
    async def reserved(environment: Environment) -> tuple[float, int]:
        sandbox = await start(environment)
        (live,) = emulator.sandboxes()
        resources = emulator._world.sandboxes[live.sandbox_id].definition.resources
        await end(sandbox)
        return resources.milli_cpu / 1000, resources.memory_mb

    assert await reserved(CPU) == (0.125, 128)
    assert await reserved(GPU) == (2, 16384)
    assert await reserved(GPU.model_copy(update={"gpu_count": 2})) == (4, 32768)
    assert await reserved(GPU.model_copy(update={"cpu": 1, "memory": 512})) == (1, 512)


@pytest.mark.slow
async def test_a_gpu_may_be_waited_for(emulator: Emulator) -> None:
    emulator.faults.add(SlowScheduling(seconds=1.5))
    await end(await start(GPU))


@pytest.mark.slow
@BACK_ENDS
async def test_a_sandbox_whose_host_is_silent_ends_by_itself(
    prepared: Emulator, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(_settings.LEASE_VARIABLE, "2")
    sandbox = await start(environment)
    await asyncio.sleep(3)
    # Renewed in time until now.
    assert (await sandbox.exec(["true"])).success
    from seer_evals.sandboxes.modal_gpu import _leases

    _leases.release(sandbox._entry.name)
    assert gone(prepared, 4)
    with pytest.raises(SandboxUnavailableError, match="lease"):
        await sandbox.exec(["true"])
    await end(sandbox)


@pytest.mark.slow
async def test_an_idle_sandbox_ends_although_its_lease_is_renewed(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ModalSandbox.task_init("startup", CPU)
    monkeypatch.setenv(_settings.LEASE_VARIABLE, "2")
    sandbox = await start(CPU.model_copy(update={"idle_timeout": 2}))
    await sandbox.exec(["sleep", "3"])
    assert emulator.sandboxes()
    assert gone(emulator, 5)
    await end(sandbox)


EVALUATION = """
import asyncio
from seer_evals.environment import Environment
from seer_evals.sandboxes.modal_gpu import ModalSandbox as M
async def main():
    environment = Environment(env=(("PATH", {path!r}),))
    await M.task_init("startup", environment)
    async with asyncio.TaskGroup() as group:
        for number in range(8):
            group.create_task(M.sample_init("task", environment, {{"__sample_id__": str(number)}}))
    print("running", flush=True)
    await asyncio.sleep(100)
asyncio.run(main())
"""


@pytest.mark.slow
def test_killing_the_evaluation_ends_its_sandboxes_within_the_lease(emulator: Emulator) -> None:
    variables = {**os.environ, _settings.LEASE_VARIABLE: "2", "PYTHONPATH": str(Path(seer_evals.__file__).parents[1])}
    command = [sys.executable, "-c", EVALUATION.format(path=PATH)]
    evaluation = subprocess.Popen(command, stdout=subprocess.PIPE, env=variables, text=True)
    assert evaluation.stdout is not None and evaluation.stdout.readline() == "running\n"
    assert len(emulator.sandboxes()) == 8
    evaluation.send_signal(signal.SIGKILL)
    evaluation.wait()
    evaluation.stdout.close()
    assert gone(emulator, 6)
    # What is left are notes of them.
    asyncio.run(ModalSandbox.cli_cleanup(None))


async def test_cleaning_up_ends_what_is_orphaned_and_leaves_the_rest(
    emulator: Emulator, capsys: pytest.CaptureFixture[str]
) -> None:
    mine, orphan = await start(CPU), await start(GPU)
    disown(orphan._entry)
    await ModalSandbox.cli_cleanup("dry-run")
    said = capsys.readouterr().out
    assert f"{orphan._entry.name}: would be ended" in said and f"{mine._entry.name}: left alone" in said
    assert len(emulator.sandboxes()) == 2
    await ModalSandbox.cli_cleanup(None)
    assert f"{orphan._entry.name}: ended" in capsys.readouterr().out
    assert [live.name for live in emulator.sandboxes()] == [mine._entry.name]
    await ModalSandbox.cli_cleanup(mine._remote.sandbox.object_id)
    assert gone(emulator, 1)
    await ModalSandbox.cli_cleanup("all")


async def test_cleaning_up_names_what_it_could_not_end(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    from seer_evals.sandboxes.modal_gpu import _end

    sandbox = await start(CPU)
    disown(sandbox._entry)
    monkeypatch.setattr(_end, "_SECONDS", 1)
    emulator.faults.add(Unavailable(method="SandboxTerminateV2", times=None))
    with pytest.raises(PrerequisiteError, match=f"inspect sandbox cleanup modal_gpu {sandbox._entry.name}"):
        await ModalSandbox.cli_cleanup(None)
    emulator.faults.clear()
    await end(sandbox)
    with pytest.raises(PrerequisiteError, match="nobody"):
        await ModalSandbox.cli_cleanup("nobody")


def disown(entry: _ledger.Entry) -> None:
    dead = subprocess.Popen(["true"])
    dead.wait()
    note = _settings.notes("sandboxes") / f"{entry.name}.json"
    note.write_text(json.dumps({**json.loads(note.read_text()), "pid": dead.pid}))


async def test_a_network_that_is_open_by_mistake_is_noticed(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(Environment(env=(("PATH", PATH),), network="open")) as opened:
        assert (await _probe.look(opened._remote, _probe.OUTSIDE))["reached"] == ["1.1.1.1:443"]
        with pytest.raises(SandboxUnavailableError, match=r"reaches 1\.1\.1\.1:443"):
            await _probe.probe(opened._remote, CPU)
    async with running(CPU) as closed:
        script = "import socket; socket.create_connection(('1.1.1.1', 443), 2)"
        assert "Error" in await sh(closed, f'python3 -c "{script}"')


async def test_a_gpu_that_does_not_answer_is_noticed(emulator: Emulator) -> None:
    async with running(CPU) as sandbox:
        sandbox._remote.gpu = "T4"
        with pytest.raises(SandboxUnavailableError, match="nvidia-smi lists nothing"):
            await _probe.probe(sandbox._remote, GPU)
