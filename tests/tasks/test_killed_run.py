"""A run that is ended in the middle loses no finished cell and leaves nothing, or what the next run sweeps."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest
from inspect_ai.log import read_eval_log

from tests.waiting import comes_about

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


@contextmanager
def sleeping_run(
    tmp_path: Path, *, interrupts: signal.Handlers = signal.SIG_DFL
) -> Iterator["subprocess.Popen[bytes]"]:
    """An evaluation whose agent has finished one cell and sleeps in the second; it begins with SIGINT like this."""
    command = [sys.executable, "-m", "inspect_ai", "eval", "tasks/hidden_preference.py", "--model", "none"]
    command += ["--solver", "tests/tasks/harness_that_sleeps.py", "--log-dir", str(tmp_path / "logs")]
    command += ["-T", "organisms=preference-llama-101", "-T", "controls=false", "--display", "plain"]
    environment = {**os.environ, "SEER_SANDBOX_DIR": str(tmp_path / "sandboxes")}
    with (tmp_path / "said").open("wb") as said:
        run = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdout=said,
            stderr=said,
            preexec_fn=lambda: signal.signal(signal.SIGINT, interrupts),
        )
    try:
        assert comes_about(lambda: sleeping(tmp_path / "logs"), 120), (tmp_path / "said").read_text()
        yield run
    finally:
        run.kill()
        run.wait()


def left(tmp_path: Path) -> list[Path]:
    """Directories of sandboxes."""
    return list((tmp_path / "sandboxes").iterdir())


@pytest.mark.usefixtures("llama_organisms")
def test_sigkill_loses_no_finished_cell_and_what_it_leaves_the_next_run_sweeps(tmp_path: Path) -> None:
    sandboxes = str(tmp_path / "sandboxes")
    with sleeping_run(tmp_path) as run:
        assert processes_with(sandboxes)
        run.send_signal(signal.SIGKILL)
        run.wait()
    assert comes_about(lambda: not processes_with(sandboxes), 30), processes_with(sandboxes)
    assert finished_cells(tmp_path / "logs") == ["42"]
    assert left(tmp_path)
    next_run = (
        "import anyio; from seer_evals.sandboxes.workstation import WorkstationSandbox as W\n"
        "anyio.run(W.task_init, 'startup', None); anyio.run(W.task_cleanup, 'shutdown', None, True)"
    )
    subprocess.run([sys.executable, "-c", next_run], env={**os.environ, "SEER_SANDBOX_DIR": sandboxes}, check=True)
    assert left(tmp_path) == []


@pytest.mark.usefixtures("llama_organisms")
@pytest.mark.parametrize(
    ("number", "interrupts"),
    [
        (signal.SIGTERM, signal.SIG_DFL),
        (signal.SIGHUP, signal.SIG_DFL),
        (signal.SIGINT, signal.SIG_DFL),
        (signal.SIGTERM, signal.SIG_IGN),  # as shells start what runs in the background
    ],
)
def test_a_run_that_is_asked_to_end_leaves_a_log_and_nothing_else(
    tmp_path: Path, number: signal.Signals, interrupts: signal.Handlers
) -> None:
    with sleeping_run(tmp_path, interrupts=interrupts) as run:
        run.send_signal(number)
        run.wait(timeout=600)
    assert left(tmp_path) == []
    assert not processes_with(str(tmp_path / "sandboxes"))
    (log,) = (tmp_path / "logs").glob("*.eval")
    assert read_eval_log(str(log)).status == "cancelled"
    assert finished_cells(tmp_path / "logs") == ["42"]
