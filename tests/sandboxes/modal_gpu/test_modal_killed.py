"""SIGKILL in the middle of an evaluation on Modal: its sandboxes end by themselves, and the rest is done later."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from inspect_ai.log import read_eval_log
from modal_support import PATH

from seer_evals.organisms import Organism
from seer_evals.sandboxes.modal_gpu import ModalSandbox, _settings
from tests.modal_emulator import Emulator, _recipe

ROOT = Path(__file__).parents[3]
HARNESS = "tests/sandboxes/modal_gpu/harness_that_waits.py"
ORGANISM = "preference-llama-101"
LEASE = 5


def wait_until(condition: Callable[[], object], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.2)
    return False


def inspect(*arguments: str, **variables: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, _settings.LEASE_VARIABLE: str(LEASE), **variables}
    command = [sys.executable, "-m", "inspect_ai", *arguments, "--log-level", "warning"]
    return subprocess.Popen(command, cwd=ROOT, env=environment)


@pytest.mark.parametrize("epochs", [1, pytest.param(8, marks=[pytest.mark.slow, pytest.mark.timeout(900)])])
def test_a_killed_evaluation_leaves_no_sandbox_and_can_be_finished(
    emulator: Emulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    llama_organisms: dict[str, Organism],
    epochs: int,
) -> None:
    monkeypatch.setitem(_recipe.BASE_ENVIRONMENT, "PATH", PATH)
    chosen = ["-T", f"organisms={ORGANISM}", "-T", "sandbox=modal_gpu", "--epochs", str(epochs), "--model", "none"]
    options = ["--solver", HARNESS, "--log-dir", str(tmp_path), "--no-score", "--log-buffer", "1"]
    killed = inspect("eval", "tasks/hidden_preference.py", *chosen, *options)
    try:
        assert wait_until(
            lambda: finished(tmp_path) == epochs and len(emulator.sandboxes()) == epochs, 60 + 30 * epochs
        )
    finally:
        killed.send_signal(signal.SIGKILL)
        killed.wait()
    assert wait_until(lambda: not emulator.sandboxes(), LEASE + 2)
    (log,) = tmp_path.glob("*.eval")
    retried = inspect("eval-retry", str(log), "--log-dir", str(tmp_path), DO_NOT_WAIT="1")
    assert retried.wait(timeout=100 + 30 * epochs) == 0
    (again,) = set(tmp_path.glob("*.eval")) - {log}
    done = read_eval_log(str(again))
    assert done.status == "success" and len(done.samples or []) == 2 * epochs
    assert emulator.sandboxes() == []


def finished(folder: Path) -> int:
    """Samples in the log so far."""
    for path in folder.glob("*.eval"):
        try:
            return len(read_eval_log(str(path)).samples or [])
        except Exception:
            return 0
    return 0


async def test_what_it_left_on_record_is_cleared_up(emulator: Emulator) -> None:
    await ModalSandbox.cli_cleanup(None)
    assert list(_settings.notes("sandboxes").glob("*.json")) == []
