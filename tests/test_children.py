"""A training ends with whoever asked for it, and whoever asks for the same waits."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from seer_evals.children import run_in_child

ROOT = Path(__file__).parents[1]
ASK = "from seer_evals.organisms import get_organism, materialize; materialize(get_organism('preference-llama-1'))"
SLEEPER = "import os, pathlib, sys, time\npathlib.Path(sys.argv[1]).write_text(str(os.getpid()))\ntime.sleep(300)\n"


def wait_until(condition: Callable[[], object], seconds: float = 600) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    except OSError:
        return False


@pytest.fixture
def sleeper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "sleeper.py").write_text(SLEEPER)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path / "pid"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_child_dies_with_its_parent(sleeper: Path, number: signal.Signals) -> None:
    script = f"from seer_evals.children import run_in_child; run_in_child('sleeper', 'sleeping', {str(sleeper)!r})"
    parent = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # which whoever runs the tests may ignore
    )
    try:
        wait_until(lambda: sleeper.exists() and sleeper.read_text())
        parent.send_signal(number)
        parent.wait(30)
        wait_until(lambda: not alive(int(sleeper.read_text())))
    finally:
        parent.kill()
        parent.wait()


async def test_a_child_dies_when_the_task_that_waits_for_it_is_cancelled(sleeper: Path) -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(anyio.to_thread.run_sync, run_in_child, "sleeper", "sleeping", str(sleeper))
        with anyio.fail_after(60):
            while not (sleeper.exists() and sleeper.read_text()):
                await anyio.sleep(0.05)
        group.cancel_scope.cancel()
    assert not alive(int(sleeper.read_text()))


def test_what_a_child_died_of_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "failing.py").write_text("raise ValueError('no such seed: 7')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(RuntimeError, match=r"training it failed: ValueError: no such seed: 7"):
        run_in_child("failing", "training it")


@pytest.mark.slow
def test_a_killed_training_leaves_the_turn_to_whoever_waits_for_it(tmp_path: Path) -> None:
    def asker() -> "subprocess.Popen[bytes]":
        environment = {**os.environ, "SEER_CACHE": str(tmp_path)}
        return subprocess.Popen([sys.executable, "-c", ASK], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)

    def parts() -> list[Path]:
        return list(tmp_path.glob("base/.*.part-*"))

    first = asker()
    askers = [first]
    try:
        wait_until(parts)
        (begun,) = parts()
        askers.append(asker())
        builders = _builders(tmp_path, 2)
        assert parts() == [begun], "the second one builds beside the first"
        first.kill()
        first.wait()
        wait_until(lambda: parts() and begun not in parts())
        assert len(parts()) == 1
        assert sum(alive(pid) for pid in builders) == 1
    finally:
        for one in askers:
            one.kill()
            one.wait()
    wait_until(lambda: not _running(tmp_path))


def _running(cache: Path) -> list[int]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            theirs = f"SEER_CACHE={cache}".encode() in (process / "environ").read_bytes()
            builds = b"seer_evals.organisms.building.build" in (process / "cmdline").read_bytes()
        except OSError:
            continue
        if theirs and builds and alive(int(process.name)):
            found.append(int(process.name))
    return found


def _builders(cache: Path, number: int) -> list[int]:
    """The processes that build, once there are as many, and the last of them has had time to ask for the lock."""
    wait_until(lambda: len(_running(cache)) == number)
    locked = cache / "base"
    inode = next(path for path in locked.iterdir() if path.suffix == ".lock").stat().st_ino
    # `->` marks, in the kernel's table, a process that waits for a lock.
    wait_until(
        lambda: any("->" in line and f":{inode} " in line for line in Path("/proc/locks").read_text().splitlines())
    )
    return _running(cache)
