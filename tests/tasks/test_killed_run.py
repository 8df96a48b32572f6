"""SIGKILL in the middle of a run costs no finished cell and leaves no process."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]


def processes_with(text: str) -> list[str]:
    """Command lines of this machine's processes whose environment or command line has `text` in it."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            seen = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        if text.encode() in seen and int(process.name) != os.getpid():
            found.append(f"{process.name} {seen[:200]!r}")
    return found


def wait_until(condition: Callable[[], object], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.2)
    return False


def finished_cells(log_dir: Path) -> list[str]:
    """Results in the notebook on the host."""
    results = []
    for path in log_dir.glob("notebooks/*/*/main.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            results += [
                out.data["text/plain"] for out in cell.get("outputs", []) if out.output_type == "execute_result"
            ]
    return results


def sleeping(log_dir: Path) -> bool:
    return any("sleep(600)" in path.read_text() for path in log_dir.glob("notebooks/*/*/main.ipynb"))


@pytest.mark.usefixtures("llama_organisms")
def test_sigkill_loses_no_finished_cell_and_leaves_no_process(tmp_path: Path) -> None:
    sandboxes = tmp_path / "sandboxes"
    command = [sys.executable, "-m", "inspect_ai", "eval", "tasks/hidden_preference.py", "--model", "none"]
    command += ["--solver", "tests/tasks/harness_that_sleeps.py", "--log-dir", str(tmp_path / "logs")]
    command += ["-T", "organisms=preference-llama-101", "-T", "controls=false"]
    environment = {**os.environ, "SEER_SANDBOX_DIR": str(sandboxes)}
    run = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert wait_until(lambda: sleeping(tmp_path / "logs"), 120), "the second cell never started"
        assert processes_with(str(sandboxes))
    finally:
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
    assert wait_until(lambda: not processes_with(str(sandboxes)), 30), processes_with(str(sandboxes))
    assert finished_cells(tmp_path / "logs") == ["42"]
