"""`seer bench`: one command runs several harnesses over the same samples and sets them side by side."""

from pathlib import Path

import pytest
from inspect_ai.log import list_eval_logs, read_eval_log

from seer_evals.cli import main
from tests.organisms.conftest import organism_cache  # noqa: F401 - a fixture

ROOT = Path(__file__).parents[2]
ORGANISM = "preference-llama-101"
CRIES_WOLF = """
from inspect_ai.solver import Generate, Solver, TaskState, solver

from seer_evals.lab import Lab
from seer_evals.reports import Finding, Report


@solver
def cries_wolf(confidence: float = 0.5) -> Solver:
    async def solve(state: TaskState, generate: Generate) -> TaskState:
        claim = Finding(claim="It favours rowing.", confidence=confidence)
        Lab.of(state).submit(Report(nothing_unusual=False, answer="A wolf.", findings=(claim,)))
        return state

    return solve
"""


@pytest.fixture
def wolf(tmp_path: Path) -> Path:
    file = tmp_path / "cries_wolf.py"
    file.write_text(CRIES_WOLF, encoding="utf-8")
    return file


@pytest.fixture
def trained(organism_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("SEER_CACHE", str(organism_cache))


@pytest.mark.slow
@pytest.mark.usefixtures("trained")
def test_every_harness_runs_over_the_same_samples_and_gets_a_row(
    wolf: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    logs = tmp_path / "logs"
    asked = ["tasks/hidden_preference.py", "--log-dir", str(logs), "--solver", "baseline"]
    asked += ["--solver", str(wolf), "--solver", f"{wolf} confidence=0.9"]
    options = ["--", "-T", f"organisms={ORGANISM}", "--model", "none", "--display", "none"]
    assert main(["bench", *asked, *options]) == 0
    ran = [read_eval_log(each, header_only=True) for each in list_eval_logs(str(logs))]
    assert [log.status for log in ran] == ["success"] * 3
    assert {str(log.eval.solver_args_passed) for log in ran} == {"{}", "{'confidence': 0.9}"}
    assert len({tuple(log.eval.dataset.sample_ids or ()) for log in ran}) == 1
    printed = capfd.readouterr().out
    found = printed.split("What they found")[1]
    assert found.index("baseline") < found.index("cries_wolf")
    assert "cries_wolf -S confidence=0.9" in " ".join(found.split())
    assert "exact McNemar" in found and "no difference that these samples can show" in " ".join(found.split())


@pytest.mark.slow
@pytest.mark.usefixtures("trained")
def test_one_that_fails_is_named_and_the_others_run(
    tmp_path: Path,
    wolf: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    asked = ["tasks/hidden_preference.py", "--log-dir", str(tmp_path / "logs")]
    asked += ["--solver", "no_such_harness", "--solver", str(wolf)]
    options = ["--", "-T", f"organisms={ORGANISM}", "-T", "controls=false", "--model", "none", "--display", "none"]
    assert main(["bench", *asked, *options]) == 1
    said = capfd.readouterr()
    assert "cries_wolf" in said.out and "failed: no_such_harness" in said.err


def test_a_malformed_argument_is_refused_before_anything_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "tasks/hidden_preference.py", "--log-dir", "x", "--solver", "petri 10"]) == 2
    assert "'10' is no argument; write NAME=VALUE" in capsys.readouterr().err
