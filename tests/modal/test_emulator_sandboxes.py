"""Sandboxes as the real client sees them: creating, finding, listing, ending."""

import asyncio
import contextlib
import subprocess
import threading
import time
from pathlib import Path

import modal
import pytest

from tests.modal.conftest import Create, run
from tests.modal_emulator import Emulator

pytestmark = pytest.mark.slow


def test_identifiers_tell_the_back_ends_apart(create: Create, backend: str) -> None:
    sandbox = create()
    assert (len(sandbox.object_id) == len("sb-") + 22) == (backend == "V1")


def test_terminated_sandbox_reports_137_and_takes_no_commands(create: Create) -> None:
    sandbox = create()
    assert run(sandbox, "echo", "alive") == (0, "alive\n", "")
    assert sandbox.poll() is None
    assert sandbox.terminate(wait=True) == 137
    assert sandbox.poll() == 137
    with pytest.raises((modal.exception.NotFoundError, modal.exception.ConflictError)):
        sandbox.exec("true")
    assert modal.Sandbox.from_id(sandbox.object_id).poll() == 137


def test_terminating_twice_and_an_unknown_sandbox(create: Create, modal_emulator: Emulator) -> None:
    sandbox = create()
    sandbox.terminate(wait=True)
    modal.Sandbox.from_id(sandbox.object_id).terminate()
    with pytest.raises(modal.exception.NotFoundError):
        modal.Sandbox.from_id("sb-" + "0" * 22)


def test_entrypoint_decides_the_exit_status_and_its_output_is_kept(create: Create) -> None:
    sandbox = create("sh", "-c", "echo out; echo err >&2; exit 5")
    sandbox.wait(raise_on_termination=False)
    assert sandbox.returncode == 5
    assert sandbox.stdout.read() == "out\n"
    assert sandbox.stderr.read() == "err\n"


def test_name_is_taken_while_the_sandbox_runs_and_leads_to_it(create: Create) -> None:
    first = create(name="the-one", tags={"owner": "me"})
    with pytest.raises(modal.exception.AlreadyExistsError):
        create(name="the-one")
    adopted = modal.Sandbox.from_name("tests", "the-one")
    assert adopted.object_id == first.object_id
    assert adopted.get_tags() == {"owner": "me"}
    adopted.terminate(wait=True)
    with pytest.raises(modal.exception.NotFoundError):
        modal.Sandbox.from_name("tests", "the-one")
    assert create(name="the-one").object_id != first.object_id


def test_listing_by_app_and_tags_sees_both_back_ends_over_several_pages(
    app: modal.App, modal_emulator: Emulator
) -> None:
    other = modal.App.lookup("other", create_if_missing=True)
    made = [modal.Sandbox.create(app=app, gpu=gpu, tags={"run": "1", "gpu": str(gpu)}) for gpu in (None, "A10")]
    modal.Sandbox.create(app=other, tags={"run": "1"})
    modal.Sandbox.create(app=app, tags={"run": "2"}).terminate(wait=True)
    listed = {s.object_id for s in modal.Sandbox.list(app_id=app.app_id, tags={"run": "1"})}
    assert listed == {s.object_id for s in made}
    assert [s.object_id for s in modal.Sandbox.list(app_id=app.app_id, tags={"gpu": "A10"})] == [made[1].object_id]
    assert {live.sandbox_id for live in modal_emulator.sandboxes() if live.tags.get("run") == "1"} > listed


def test_tags_are_replaced_whole(create: Create) -> None:
    sandbox = create(tags={"a": "1"})
    sandbox.set_tags({"b": "2"})
    assert modal.Sandbox.from_id(sandbox.object_id).get_tags() == {"b": "2"}


def test_hard_lifetime_ends_the_sandbox_with_a_timeout(create: Create) -> None:
    sandbox = create(timeout=1)
    start = time.monotonic()
    with pytest.raises(modal.exception.SandboxTimeoutError):
        sandbox.wait()
    assert 0.5 < time.monotonic() - start < 3
    assert sandbox.returncode == 124


def test_idle_timeout_waits_for_running_commands(create: Create, modal_emulator: Emulator) -> None:
    sandbox = create(idle_timeout=1)
    assert run(sandbox, "sleep", "1.5")[0] == 0
    sandbox.wait(raise_on_termination=False)
    assert modal_emulator.status(sandbox.object_id) == "IDLE_TIMEOUT"


def test_workdir_that_cannot_be_made_is_an_init_failure(create: Create) -> None:
    with pytest.raises(modal.exception.Error, match="passwd"):
        create(workdir="/etc/passwd").exec("true")


def test_sandbox_that_is_ended_while_it_starts_leaves_nothing(create: Create, modal_emulator: Emulator) -> None:
    """At whatever point of the start the end comes."""
    ender = threading.Thread(target=_end_as_they_come, args=(modal_emulator, 12))
    ender.start()
    for number in range(12):
        with contextlib.suppress(modal.exception.Error):
            create("sleep", f"8642{number}")
    ender.join()
    deadline = time.monotonic() + 5
    while "sleep 8642" in _processes() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert "sleep 8642" not in _processes()
    assert modal_emulator.sandboxes() == []
    assert list((modal_emulator._world.laboratory.root / "sandboxes").iterdir()) == []


def _end_as_they_come(emulator: Emulator, count: int) -> None:
    ended: set[str] = set()
    while len(ended) < count:
        for live in emulator.sandboxes():
            time.sleep(0.005 * len(ended))
            emulator.end_sandbox(live.sandbox_id, "terminated")
            ended.add(live.sandbox_id)


def test_twenty_sandboxes_at_once(app: modal.App, modal_emulator: Emulator) -> None:
    async def one(number: int) -> str:
        gpu = "H100" if number % 2 else None
        sandbox = await modal.Sandbox.create.aio(app=app, gpu=gpu, name=f"s{number}")
        process = await sandbox.exec.aio("sh", "-c", f"echo {number} > /tmp/own; cat /tmp/own; hostname")
        return (await process.stdout.read.aio()).split()[0]

    async def all_of_them() -> list[str]:
        return await asyncio.gather(*(one(number) for number in range(20)))

    start = time.monotonic()
    assert asyncio.run(all_of_them()) == [str(number) for number in range(20)]
    assert time.monotonic() - start < 10
    assert len(modal_emulator.sandboxes()) == 20


def test_nothing_is_left_when_the_emulator_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.modal_emulator.fixtures import forget_client

    with Emulator() as emulator:
        for name, value in emulator.environment.items():
            monkeypatch.setenv(name, value)
        forget_client()
        app = modal.App.lookup("tests", create_if_missing=True)
        sandbox = modal.Sandbox.create("sleep", "97531", app=app)
        process = sandbox.exec("sh", "-c", "sleep 86421 & echo started; wait")
        assert next(iter(process.stdout)) == "started\n"
        assert "sleep 86421" in _processes()
        state = str(emulator._world.laboratory.state)
    forget_client()
    deadline = time.monotonic() + 5
    while ("97531" in _processes() or "86421" in _processes()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert "97531" not in _processes() and "86421" not in _processes()
    assert state not in Path("/proc/mounts").read_text()
    assert "v1@" not in subprocess.run(["ip", "link"], capture_output=True, text=True).stdout


def test_unknown_call_is_unimplemented_and_recorded(modal_emulator: Emulator) -> None:
    with pytest.raises(modal.exception.UnimplementedError):
        modal.Queue.from_name("q", create_if_missing=True).hydrate()
    assert modal_emulator.calls.unimplemented == ["QueueGetOrCreate"]
    modal_emulator.calls.unimplemented.clear()


def _processes() -> str:
    return subprocess.run(["ps", "axww"], capture_output=True, text=True).stdout
