"""No process outlives its sandbox, and no sandbox its evaluation, however that ends."""

import asyncio
import os
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path

import anyio
import pytest
from workstation_support import running

import seer_evals
from seer_evals.environment import Environment
from seer_evals.sandboxes.workstation import WorkstationSandbox, _cleanup, _mounts, _state

EVALUATION = """
import asyncio, sys
from seer_evals.sandboxes.workstation import WorkstationSandbox as W
async def main():
    await W.task_init("startup", None)
    sandbox = (await W.sample_init("task", None, {}))["default"]
    await sandbox.exec(["sh", "-c", "sleep @ & (setsid sleep @ &)"])
    if "stop" in sys.argv:
        try:
            await sandbox.exec(["sh", "-c", "kill -STOP 1; kill -KILL 1; kill -STOP $PPID"], timeout=1)
        except TimeoutError:
            pass
    print("running", flush=True)
    await sandbox.exec(["sleep", "@"])
asyncio.run(main())
"""


def named(marker: str) -> list[int]:
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdecimal():
            try:
                if (process / "cmdline").read_bytes() == f"sleep\0{marker}\0".encode():
                    found.append(int(process.name))
            except OSError:
                pass
    return found


def wait_until_gone(marker: str, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while named(marker) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not named(marker)


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["isolated", "isolated, supervisor stopped", "plain"])
def test_killing_the_evaluation_kills_its_sandboxes(mode: str, tmp_path: Path) -> None:
    marker = str(100000 + secrets.randbelow(900000))
    variables = {
        **os.environ,
        "SEER_SANDBOX_DIR": str(tmp_path),
        "PYTHONPATH": str(Path(seer_evals.__file__).parents[1]),
        "SEER_NO_BWRAP": "1" if mode == "plain" else "",
    }
    command = [sys.executable, "-c", EVALUATION.replace("@", marker), *(["stop"] if "stopped" in mode else [])]
    evaluation = subprocess.Popen(command, stdout=subprocess.PIPE, env=variables, text=True)
    assert evaluation.stdout is not None
    assert evaluation.stdout.readline() == "running\n"
    time.sleep(0.3)
    assert len(named(marker)) == 3
    evaluation.kill()
    evaluation.wait()
    evaluation.stdout.close()
    wait_until_gone(marker, 10)


def test_a_process_that_ends_takes_along_what_its_samples_shared(tmp_path: Path) -> None:
    script = "import asyncio; from seer_evals.sandboxes.workstation import WorkstationSandbox as W; "
    variables = {
        **os.environ,
        "SEER_SANDBOX_DIR": str(tmp_path),
        "PYTHONPATH": str(Path(seer_evals.__file__).parents[1]),
    }
    subprocess.run([sys.executable, "-c", f"{script}asyncio.run(W.task_init('t', None))"], env=variables, check=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("interrupted", [False, True])
async def test_cleaning_up_a_sample_kills_what_it_left_at_once(interrupted: bool) -> None:
    marker = str(100000 + secrets.randbelow(900000))
    sandboxes = await WorkstationSandbox.sample_init("task", None, {})
    await sandboxes["default"].exec(
        ["sh", "-c", f"sleep {marker} & (setsid sh -c 'trap \"\" TERM; sleep {marker}; :' &)"]
    )
    started = time.monotonic()
    await WorkstationSandbox.sample_cleanup("task", None, sandboxes, interrupted)
    assert not named(marker) and time.monotonic() - started < 3


async def test_a_sample_cancelled_while_it_starts_leaves_nothing(state_root: str) -> None:
    await WorkstationSandbox.task_init("startup", None)
    before = set(os.listdir(state_root))
    children = set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())
    for delay in (0.0, 0.01, 0.05, 0.1, 0.15):
        with anyio.move_on_after(delay):
            sandboxes = await WorkstationSandbox.sample_init("task", None, {})
            await WorkstationSandbox.sample_cleanup("task", None, sandboxes, False)
    assert set(os.listdir(state_root)) == before
    assert set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()) <= children


async def test_a_sandbox_that_does_not_start_says_why_and_leaves_nothing(
    state_root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await WorkstationSandbox.task_init("startup", None)
    before = set(os.listdir(state_root))
    monkeypatch.setattr(_mounts, "arguments", lambda view: ["--ro-bind", "/no/such/place", "/x"])
    with pytest.raises(RuntimeError, match="/no/such/place"):
        await WorkstationSandbox.sample_init("task", None, {})
    assert set(os.listdir(state_root)) == before


async def test_descriptors_do_not_leak() -> None:
    async with running() as sandbox:
        await sandbox.exec(["true"])
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(20):
            await sandbox.exec(["sh", "-c", "sleep 0.2 & cat"], input="x")
            await sandbox.write_file("x", "x")
            await sandbox.read_file("x")
            with pytest.raises(FileNotFoundError):
                await sandbox.read_file("none")
        assert len(os.listdir("/proc/self/fd")) == before


async def test_a_supervisor_killed_from_outside_is_named() -> None:
    async with running() as sandbox:
        os.kill(sandbox._started.supervised.process.pid, signal.SIGKILL)
        await asyncio.sleep(0.2)
        with pytest.raises(RuntimeError, match="it was killed"):
            await sandbox.exec(["true"])


async def test_cleanup_removes_what_is_orphaned_and_refuses_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SEER_SANDBOX_DIR", str(tmp_path))
    marker = str(100000 + secrets.randbelow(900000))
    dead = subprocess.Popen(["true"])
    dead.wait()
    async with running(Environment(env=(("A", "b"),))) as sandbox:
        await sandbox.exec(["sh", "-c", f"(setsid sleep {marker} &)"])
        mine = sandbox._started.state
        orphan = _state.create()
        note = _state.read(orphan)
        assert note is not None
        _state._write(orphan, _state.Note(_state.ProcessId(dead.pid, note.owner.started)))
        foreign = tmp_path / "not-ours"
        foreign.mkdir()
        await WorkstationSandbox.cli_cleanup(None)
        said = capsys.readouterr().out
        assert f"{orphan.name}: removed" in said and not orphan.exists()
        assert f"{mine.name}: left alone" in said and mine.exists()
        assert "not-ours: left alone" in said and foreign.exists()
        assert (await sandbox.exec(["true"])).success
        await WorkstationSandbox.cli_cleanup(mine.name)
        assert "removed" in capsys.readouterr().out and not mine.exists()
        wait_until_gone(marker, 5)


async def test_cleanup_of_an_unknown_sandbox_is_an_error() -> None:
    with pytest.raises(Exception, match="no workstation sandbox 'nobody'"):
        _cleanup.clean_up("nobody")


def test_a_state_root_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can give a directory away")
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    os.chown(theirs, 12345, 12345)
    monkeypatch.setenv("SEER_SANDBOX_DIR", str(theirs))
    with pytest.raises(PermissionError, match="SEER_SANDBOX_DIR"):
        _state.root()
