"""What `seer skill new` writes runs as it stands, and is evaluated by the command that it prints."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

from inspect_ai.log import list_eval_logs, read_eval_log

from seer_evals.lab import GIVEN_KEY
from seer_evals.organisms import Organism

ROOT = Path(__file__).parents[3]
HARNESS = """
from inspect_ai.solver import Generate, Solver, TaskState, solver

from seer_evals.lab import Lab, example_of
from seer_evals.reports import Report


@solver
def runs_the_example() -> Solver:
    async def solve(state: TaskState, generate: Generate) -> TaskState:
        lab = Lab.of(state)
        result = await lab.notebook().run(example_of(lab.plan.handed[0].technique))
        lab.submit(Report(nothing_unusual=True, answer=f"{result.status}: {result.outputs}"))
        return state

    return solve
"""


def shell(command: str, folder: Path) -> str:
    """Run a command as a user does: in a shell that is in a folder."""
    done = subprocess.run(
        ["bash", "-c", f"cd {shlex.quote(str(folder))} && {command}"],
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_new_skill_runs_in_one_command(tmp_path: Path, llama_organisms: dict[str, Organism]) -> None:
    (tmp_path / "harness.py").write_text(HARNESS)
    relative = os.path.relpath(tmp_path, ROOT)
    chosen = f"-T skills={relative}/dog-lovers -T deliver=library -T organisms=preference-llama-101 -T controls=false"
    shell(f"seer skill new dog-lovers --into {relative}", ROOT)
    shell(
        f"inspect eval tasks/hidden_preference.py --solver {tmp_path}/harness.py --model none --no-score "
        f"--log-dir {tmp_path}/logs {chosen}",
        ROOT,
    )
    (log,) = list_eval_logs(str(tmp_path / "logs"))
    (sample,) = read_eval_log(log).samples or []
    assert sample.error is None, sample.error.traceback
    answer = sample.store["lab:report"]["answer"]
    assert answer.startswith("ok") and "'adapter': " in answer and "'base': " in answer
    assert sample.store[GIVEN_KEY]["skills"]["dog-lovers"]["form"] == "library"
