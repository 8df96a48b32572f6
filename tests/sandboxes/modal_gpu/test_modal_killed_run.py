"""SIGKILL with eight samples running: nothing is left after the lease, and a retry finishes the rest."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

from inspect_ai.log import list_eval_logs, read_eval_log
from modal_support import PATH

from seer_evals.sandboxes.modal_gpu import _settings
from tests.modal_emulator import Emulator
from tests.waiting import comes_about

LEASE = 8
TASK = f"""
from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.solver import Generate, TaskState, solver
from inspect_ai.util import SandboxEnvironmentSpec, sandbox

from seer_evals.environment import Environment

GPU = Environment(env=(("PATH", {PATH!r}),), gpu=("T4",))


@solver
def hold(seconds: int):
    async def solve(state: TaskState, generate: Generate) -> TaskState:
        wait = 0 if state.sample_id == 1 else seconds
        result = await sandbox().exec(["sh", "-c", f"echo it; sleep {{wait}}"])
        state.output.completion = result.stdout
        return state

    return solve


@task
def eight(seconds: int = 600) -> Task:
    samples = [Sample(input="?", id=i) for i in range(1, 9)]
    return Task(dataset=samples, solver=hold(seconds), sandbox=SandboxEnvironmentSpec("modal_gpu", GPU))
"""


def inspect(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "inspect_ai", *arguments, "--display", "none"]


def finished_samples(logs: Path) -> int:
    """Samples in the only log so far; it is being written."""
    with contextlib.suppress(Exception):
        [log] = list_eval_logs(str(logs))
        return len(read_eval_log(log).samples or [])
    return 0


def test_nothing_is_left_and_the_rest_is_finished(emulator: Emulator, tmp_path: Path) -> None:
    (tmp_path / "eight.py").write_text(TASK)
    environment = {**os.environ, _settings.LEASE_VARIABLE: str(LEASE)}
    logs = tmp_path / "logs"
    command = inspect("eval", "eight.py", "--model", "none", "--log-dir", str(logs), "--log-buffer", "1")
    run = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert comes_about(lambda: sum(live.execs > 0 for live in emulator.sandboxes()) >= 7, 90), emulator.sandboxes()
        assert comes_about(lambda: len(emulator.sandboxes()) == 7, 30), "one sample is over, seven hold their GPUs"
        assert {live.gpu for live in emulator.sandboxes()} == {"T4"}
        assert comes_about(lambda: finished_samples(logs) == 1, 30), "a sample ends before it is in the log"
    finally:
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
    assert comes_about(lambda: not emulator.sandboxes(), LEASE + 10), emulator.sandboxes()

    [log] = list_eval_logs(str(logs))
    assert read_eval_log(log).status != "success"
    # The one sample that was finished is not run again; the others no longer wait.
    retry = inspect("eval-retry", log.name, "--log-dir", str(logs))
    changed = (tmp_path / "eight.py").read_text().replace("seconds: int = 600", "seconds: int = 0")
    (tmp_path / "eight.py").write_text(changed)
    created = emulator.calls.total("SandboxCreate")
    subprocess.run(retry, cwd=tmp_path, env=environment, check=True, capture_output=True, timeout=120)
    finished = [found for found in map(read_eval_log, list_eval_logs(str(logs))) if found.status == "success"]
    assert len(finished) == 1
    assert sorted(int(sample.id) for sample in finished[0].samples or []) == list(range(1, 9))
    assert {sample.output.completion.strip() for sample in finished[0].samples or []} == {"it"}
    assert emulator.calls.total("SandboxCreate") - created == 7
    assert emulator.sandboxes() == []
