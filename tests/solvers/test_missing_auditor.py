"""A harness without a model to run on is refused before any laboratory opens, and no other is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from seer_evals.solvers._bench.models import _is_in_use

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def evaluate(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """`inspect eval` without any model."""
    command = [
        sys.executable,
        "-m",
        "inspect_ai",
        "eval",
        *options,
        "--model",
        "none",
        "--log-dir",
        str(folder / "logs"),
    ]
    command += ["--log-dir", str(folder / "logs")]
    environment = {**os.environ, "SEER_CACHE": str(folder / "cache"), "INSPECT_DISPLAY": "plain"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240, check=False)


@pytest.mark.parametrize(
    "options",
    [
        ("tasks/hidden_preference.py",),
        ("tasks/hidden_preference.py", "--solver", "seer_evals/petri"),
        ("tasks/petri_audit.py", "-T", "organisms=preference-llama-101"),
    ],
    ids=["the task's own", "another", "an audit"],
)
def test_a_missing_auditor_is_one_line_before_anything_is_opened(options: tuple[str, ...], tmp_path: Path) -> None:
    done = evaluate(tmp_path, *options)
    said = done.stdout + done.stderr
    assert done.returncode == 1 and "there is no auditor: give --model-role auditor=MODEL or --model MODEL" in said
    assert "Traceback" not in said
    assert not (tmp_path / "cache").exists() and not list(tmp_path.glob("logs/*.eval")), "nothing was built or begun"


def test_a_study_that_runs_techniques_alone_needs_none(tmp_path: Path) -> None:
    done = evaluate(tmp_path, "tasks/secret_word", "-T", "technique=guess", "-T", "seeds=x")
    said = done.stdout + done.stderr
    assert "there is no auditor" not in said and "seed 'x' is not a non-negative integer" in said


INSPECT = "/env/bin/inspect"


@pytest.mark.parametrize(
    ("command", "in_use"),
    [
        ([INSPECT, "eval", "tasks/x.py"], True),
        (["/env/inspect_ai/__main__.py", "eval-set", "tasks/x.py"], True),
        ([INSPECT, "eval", "tasks/x.py", "--solver", "petri"], True),
        ([INSPECT, "eval", "tasks/x.py", "--solver=seer_evals/petri"], True),
        ([INSPECT, "eval", "tasks/x.py", "--solver", "solvers/petri.py@petri"], True),
        ([INSPECT, "eval", "tasks/x.py", "--solver", "seer_evals/baseline"], False),
        ([INSPECT, "eval", "tasks/x.py", "--solver", "petri_original"], False),
        ([INSPECT, "eval", "tasks/x.py", "--run-config", "run.yaml"], False),
        ([INSPECT, "eval-retry", "logs/x.eval"], False),
        ([INSPECT, "score", "logs/x.eval"], False),
        (["/env/bin/pytest", "eval"], False),
        (["-c"], False),
    ],
    ids=str,
)
def test_a_harness_that_the_command_replaces_is_not_asked_for_a_model(command: list[str], in_use: bool) -> None:
    assert _is_in_use("petri", command) is in_use


def test_a_harness_named_by_the_environment_replaces_the_tasks_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSPECT_EVAL_SOLVER", "seer_evals/baseline")
    assert not _is_in_use("petri", [INSPECT, "eval", "tasks/x.py"])
