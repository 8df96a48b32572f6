"""What `seer skill new` writes runs as it stands, and is evaluated by the command that it prints."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from inspect_ai import list_tasks
from inspect_ai.log import list_eval_logs, read_eval_log

from seer_evals.cli import main
from seer_evals.lab import GIVEN_KEY
from seer_evals.lab.skills import new_skill
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


@pytest.mark.slow
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
    assert answer.startswith("ok") and "'dog': " in answer and "'horse': " in answer
    assert sample.store[GIVEN_KEY]["skills"]["dog-lovers"]["form"] == "library"


def test_it_fits_every_investigation_with_a_model_in_reach_and_the_others_are_left_out_with_a_line(
    tmp_path: Path, organism_cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the README puts into `inspect eval-set $(…)`."""
    folder = new_skill("dog-lovers", tmp_path)
    assert main(["skill", "tasks", str(folder), "-T", "deliver=library"]) == 0
    said = capsys.readouterr()
    offered = {each.name for each in list_tasks(["tasks"], root_dir=ROOT) if each.attribs.get("investigation")}
    assert {line.removeprefix("seer_evals/") for line in said.out.split()} == offered - {"censored_facts"}
    (skipped,) = said.err.splitlines()
    assert skipped.startswith("skipped: seer_evals/censored_facts: the skill 'dog-lovers' needs a model that is loaded")


def test_tasks_for_a_skill_that_is_none_or_a_parameter_that_is_none_are_an_error(
    organism_cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["skill", "tasks", "logit-lenz"]) == 2
    assert "did you mean 'logit-lens'?" in capsys.readouterr().err
    assert main(["skill", "tasks", "logit-lens", "-T", "delivr=library"]) == 1
    said = capsys.readouterr()
    assert not said.out and "has no parameter 'delivr'; did you mean 'deliver'?" in said.err
