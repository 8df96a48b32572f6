"""Arms are run by Inspect, as what the file says; nothing is run twice, whatever ends a run, and the budget holds."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from seer_evals.cli import main
from seer_evals.experiments import arm_results, load_experiment, logs_of

TASK = """
import time
from pathlib import Path

from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import Score, mean, scorer
from inspect_ai.solver import solver

HERE = Path(__file__).parent


@solver
def toss(right: str = "", dollars: float = 0.0, waits: bool = False):
    async def solve(state, generate):
        with (HERE / "ran.txt").open("a") as ran:
            ran.write(f"{right or 'none'} {state.sample_id} {state.epoch}\\n")
        if waits and str(state.sample_id) == "org-3":
            (HERE / "waiting").touch()
            while not (HERE / "go").exists():
                time.sleep(0.05)
        output = ModelOutput.from_content("mockllm/model", "x")
        output.usage = ModelUsage(input_tokens=10, output_tokens=1, total_tokens=11, total_cost=dollars)
        await get_model("mockllm/model", custom_outputs=[output]).generate("say")
        state.metadata["right"] = right == "all" or str(state.sample_id) in right.split()
        return state

    return solve


@scorer(metrics={"detection_right": [mean()], "detection_no_report": [mean()]})
def detection():
    async def score(state, target):
        return Score(value={"detection_right": float(state.metadata["right"]), "detection_no_report": 0.0})

    return score


@task
def tossed(n: int = 8):
    return Task([Sample("q", id=f"org-{i}") for i in range(n)], solver=toss(), scorer=detection())
"""
ARMS = {
    "nothing": {"solver": "mine.py@toss"},
    "everything": {"solver": {"solver": "mine.py@toss", "args": {"right": "all"}}},
}


def written(folder: Path, **changes: Any) -> Path:
    (folder / "mine.py").write_text(TASK)
    fields = {
        "name": "toy",
        "question": "Is everything more than nothing?",
        "task": "mine.py@tossed",
        "model": "mockllm/model",
        "eval_config": {"max_samples": 1},
        "vary": {"arms": ARMS},
        **changes,
    }
    (folder / "exp.yaml").write_text(yaml.safe_dump(fields, sort_keys=False))
    return folder / "exp.yaml"


def ran(folder: Path) -> Counter[str]:
    return Counter((folder / "ran.txt").read_text().splitlines())


def test_an_experiment_from_an_empty_folder_to_its_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path, logs = written(tmp_path), str(tmp_path / "logs")
    monkeypatch.chdir("/")  # files that it names lie beside it, wherever one is
    assert main(["experiment", "check", str(path)]) == 0
    assert main(["experiment", "report", str(path), "--log-dir", logs]) == 2, "nothing has run"
    assert main(["experiment", "run", str(path), "--log-dir", logs]) == 0
    assert set(ran(tmp_path).values()) == {1} and len(ran(tmp_path)) == 16
    capsys.readouterr()
    assert main(["experiment", "report", str(path), "--log-dir", logs]) == 0
    assert "everything is better than nothing: +1.00 right" in capsys.readouterr().out
    assert "<svg" in (tmp_path / "logs" / "toy" / "report.html").read_text()
    assert main(["experiment", "run", str(path), "--log-dir", logs]) == 0
    assert len(ran(tmp_path)) == 16 and set(ran(tmp_path).values()) == {1}, "nothing is run twice"


@pytest.mark.slow
def test_what_was_stated_before_stays_stated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logs = str(tmp_path / "logs")
    assert main(["experiment", "run", str(written(tmp_path)), "--log-dir", logs]) == 0
    path = written(tmp_path, verdict={"least": 0.001})
    assert main(["experiment", "run", str(path), "--log-dir", logs]) == 2
    assert "says something else; give this one another name" in capsys.readouterr().err


@pytest.mark.slow
def test_killed_in_the_middle_and_begun_again_what_ended_is_not_run_twice(tmp_path: Path) -> None:
    solver = {"solver": "mine.py@toss", "args": {"right": "all", "waits": True}}
    path = written(tmp_path, vary={"arms": {**ARMS, "everything": {"solver": solver}}})
    command = [
        sys.executable,
        "-m",
        "seer_evals.cli",
        "experiment",
        "run",
        str(path),
        "--log-dir",
        str(tmp_path / "logs"),
    ]
    command[1:3] = ["-c", "import sys; from seer_evals.cli import main; sys.exit(main())"]
    with subprocess.Popen(command, start_new_session=True) as first:
        while not (tmp_path / "waiting").exists():
            assert first.poll() is None
            time.sleep(0.1)
        assert subprocess.run(command, check=False).returncode == 2, "it is being run already"
        os.kill(first.pid, signal.SIGKILL)
    (tmp_path / "go").touch()
    assert subprocess.run(command, check=False).returncode == 0
    times = ran(tmp_path)
    assert len(times) == 16 and {each for each, n in times.items() if n > 1} <= {"all org-3 1"}
    arms = [arm_results(name, logs_of(load_experiment(path), tmp_path / "logs", name)) for name in ARMS]
    assert [sum(arm.values("right")) for arm in arms] == [0, 8]


@pytest.mark.slow
def test_nothing_is_begun_after_the_budget_and_the_rest_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    solver = {"solver": "mine.py@toss", "args": {"dollars": 0.5}}
    path = written(tmp_path, budget_usd=1.0, vary={"arms": {"first": {"solver": solver}, **ARMS}})
    assert main(["experiment", "run", str(path), "--log-dir", str(tmp_path / "logs")]) == 1
    said = capsys.readouterr()
    assert "everything: stopped at the budget" in said.err and "of 1.00 dollars" in said.out
    assert not any(each.startswith("all ") for each in ran(tmp_path))


@pytest.mark.slow
def test_an_arm_that_fails_is_named_and_the_others_are_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = {"solver": {"solver": "mine.py@toss", "args": {"no_such": 1}}}
    path = written(tmp_path, vary={"arms": {"broken": broken, **ARMS}})
    assert main(["experiment", "run", str(path), "--log-dir", str(tmp_path / "logs")]) == 1
    assert "broken: did not end" in capsys.readouterr().err
    assert len(ran(tmp_path)) == 16
