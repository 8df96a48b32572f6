"""Every fault on demand, seen through the client."""

import time

import modal
import pytest

from tests.modal.conftest import Create, run
from tests.modal_emulator import Emulator, faults

pytestmark = pytest.mark.slow


@pytest.fixture
def method(backend: str) -> str:
    return "SandboxCreate" if backend == "V1" else "SandboxCreateV2"


def test_lost_response_is_made_good_by_the_clients_retry(create: Create, modal_emulator: Emulator, method: str) -> None:
    modal_emulator.faults.add(faults.LostResponse(method=method))
    sandbox = create(name="once")
    assert [live.sandbox_id for live in modal_emulator.sandboxes()] == [sandbox.object_id]
    assert modal_emulator.calls[method] == 2


def test_lost_response_of_every_retry_leaves_a_sandbox_to_adopt(
    create: Create, modal_emulator: Emulator, method: str
) -> None:
    modal_emulator.faults.add(faults.LostResponse(method=method, times=4))
    with pytest.raises(modal.exception.ServiceError):
        create(name="orphan")
    (orphan,) = modal_emulator.sandboxes()
    assert modal.Sandbox.from_name("tests", "orphan").object_id == orphan.sandbox_id


def test_lost_response_that_the_server_forgot_is_a_name_clash(
    create: Create, modal_emulator: Emulator, method: str
) -> None:
    modal_emulator.faults.add(faults.LostResponse(method=method, remembered=False))
    with pytest.raises(modal.exception.AlreadyExistsError):
        create(name="taken-by-myself")


def test_unavailable_for_the_next_calls_only(create: Create, modal_emulator: Emulator, method: str) -> None:
    modal_emulator.faults.add(faults.Unavailable(method=method, times=2))
    assert run(create(), "true")[0] == 0
    assert modal_emulator.calls[method] == 3
    modal_emulator.faults.add(faults.Unavailable(method=method, times=4))
    with pytest.raises(modal.exception.ServiceError):
        create()


def test_exhausted_with_and_without_a_retry_policy(create: Create, modal_emulator: Emulator, method: str) -> None:
    modal_emulator.faults.add(faults.Exhausted(method=method, times=3, retry_after=0.1))
    start = time.monotonic()
    create()
    assert time.monotonic() - start > 0.3
    modal_emulator.faults.add(faults.Exhausted(method="TaskExecStart", times=2))
    modal_emulator.faults.add(faults.Exhausted(method=method, retry_after=None))
    with pytest.raises(modal.exception.ResourceExhaustedError):
        create()


def test_capacity_that_is_never_granted_and_then_comes(
    create: Create, app: modal.App, modal_emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    _impl_v1 = pytest.importorskip("modal.sandbox._impl_v1")
    fault = modal_emulator.faults.add(faults.NoCapacity(gpu="H100"))
    monkeypatch.setattr(_impl_v1, "_SANDBOX_SCHEDULING_TIMEOUT", 1.2)
    with pytest.raises(modal.exception.ResourceExhaustedError, match="capacity"):
        modal.Sandbox.create(app=app, gpu="H100")
    assert modal_emulator.sandboxes() == []  # the client ends what it gave up on
    modal_emulator.faults.remove(fault)
    assert run(create(), "true")[0] == 0


def test_slow_scheduling(create: Create, modal_emulator: Emulator) -> None:
    modal_emulator.faults.add(faults.SlowScheduling(seconds=0.8))
    start = time.monotonic()
    assert run(create(), "echo", "late")[1] == "late\n"
    assert time.monotonic() - start > 0.8


def test_sandbox_that_fails_to_start(create: Create, modal_emulator: Emulator) -> None:
    modal_emulator.faults.add(faults.FailsToStart(message="image could not be pulled"))
    with pytest.raises(modal.exception.ConflictError, match="could not be pulled"):
        create().exec("true")
    assert modal_emulator.sandboxes() == []


@pytest.mark.parametrize(
    ("cause", "status", "returncode"),
    [
        ("killed", "FAILURE", 137),
        ("terminated", "TERMINATED", 137),
        ("evicted", "MEMORY_MANAGER_EVICTION", 137),
        ("oom", "KERNEL_OOM_KILL", 137),
        ("timeout", "TIMEOUT", 124),
    ],
)
def test_sandbox_ends_during_a_command(
    create: Create, modal_emulator: Emulator, cause: faults.Cause, status: str, returncode: int
) -> None:
    modal_emulator.faults.add(faults.SandboxEnds(cause=cause, during="marked", after=0.3))
    sandbox = create()
    assert run(sandbox, "true")[0] == 0
    process = sandbox.exec("sh", "-c", "echo begun; sleep 20; echo marked")
    assert next(iter(process.stdout)) == "begun\n"
    with pytest.raises(modal.exception.NotFoundError):
        process.wait()
    assert sandbox.poll() == returncode
    assert modal_emulator.status(sandbox.object_id) == status
    with pytest.raises((modal.exception.NotFoundError, modal.exception.ConflictError)):
        sandbox.exec("true")


def test_result_that_lags_behind_the_end(create: Create, modal_emulator: Emulator) -> None:
    modal_emulator.faults.add(faults.LateResult(seconds=0.5))
    sandbox = create()
    modal_emulator.end_sandbox(sandbox.object_id, "evicted")
    with pytest.raises((modal.exception.NotFoundError, modal.exception.ConflictError)):
        sandbox.exec("true")
    assert sandbox.poll() is None
    time.sleep(0.6)
    assert sandbox.poll() == 137


def test_cut_stream_is_resumed_without_loss(create: Create, modal_emulator: Emulator) -> None:
    modal_emulator.faults.add(faults.CutStream(after_bytes=1000, times=3))
    status, stdout, _ = run(create(), "seq", "20000")
    assert (status, stdout) == (0, "".join(f"{n}\n" for n in range(1, 20001)))
    assert modal_emulator.calls["TaskExecStdioRead"] == 5  # four of stdout, one of stderr


def test_stalled_snapshot_times_out_and_is_there_afterwards(create: Create, modal_emulator: Emulator) -> None:
    sandbox = create()
    modal_emulator.faults.add(faults.StalledSnapshot(seconds=5))
    with pytest.raises(modal.exception.TimeoutError):
        sandbox.snapshot_filesystem(timeout=1)
    assert sandbox.snapshot_filesystem(timeout=10).object_id


def test_delay_is_added_to_every_call(create: Create, modal_emulator: Emulator) -> None:
    sandbox = create()
    run(sandbox, "true")
    delay = modal_emulator.faults.add(faults.Delay(seconds=0.2))
    modal_emulator.calls.reset()
    start = time.monotonic()
    sandbox.poll()
    assert 0.2 < time.monotonic() - start < 0.4
    assert modal_emulator.calls.total() == 1
    modal_emulator.faults.remove(delay)
    start = time.monotonic()
    sandbox.poll()
    assert time.monotonic() - start < 0.2


def test_transient_failure_of_a_command_start_does_not_start_it_twice(create: Create, modal_emulator: Emulator) -> None:
    sandbox = create()
    modal_emulator.faults.add(faults.LostResponse(method="TaskExecStart"))
    assert run(sandbox, "sh", "-c", "echo x >> /count; cat /count")[1] == "x\n"
    assert modal_emulator.calls["TaskExecStart"] == 2
