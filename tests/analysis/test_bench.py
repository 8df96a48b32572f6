"""`seer bench`: one command runs several harnesses over the same samples and sets them side by side."""

from collections.abc import Callable, Sequence
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
def bench(organism_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:  # noqa: F811
    """Runs `seer bench` over one organism, with its logs in the test's folder; gives the exit status."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("SEER_CACHE", str(organism_cache))

    def run(*solvers: str, options: Sequence[str] = ()) -> int:
        asked = [word for each in solvers for word in ("--solver", each)]
        told = ["-T", f"organisms={ORGANISM}", *options, "--model", "none", "--display", "none"]
        return main(["bench", "tasks/hidden_preference.py", "--log-dir", str(tmp_path / "logs"), *asked, "--", *told])

    return run


@pytest.mark.slow
def test_every_harness_runs_over_the_same_samples_and_gets_a_row(
    bench: Callable[..., int], wolf: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert bench("baseline", str(wolf), f"{wolf} confidence=0.9") == 0
    ran = [read_eval_log(each, header_only=True) for each in list_eval_logs(str(tmp_path / "logs"))]
    assert [log.status for log in ran] == ["success"] * 3
    assert {str(log.eval.solver_args_passed) for log in ran} == {"{}", "{'confidence': 0.9}"}
    assert len({tuple(log.eval.dataset.sample_ids or ()) for log in ran}) == 1
    printed = capfd.readouterr().out
    found = printed.split("What they found")[1]
    assert found.index("baseline") < found.index("cries_wolf")
    assert "cries_wolf -S confidence=0.9" in " ".join(found.split())
    assert "exact McNemar" in found and "no difference that these samples can show" in " ".join(found.split())


@pytest.mark.slow
def test_one_that_fails_is_named_and_the_others_run(
    bench: Callable[..., int], wolf: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert bench("no_such_harness", str(wolf), options=["-T", "controls=false"]) == 1
    said = capfd.readouterr()
    assert "cries_wolf" in said.out and "failed: no_such_harness" in said.err


def test_a_malformed_argument_is_refused_before_anything_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "tasks/hidden_preference.py", "--log-dir", "x", "--solver", "petri 10"]) == 2
    assert "'10' is no argument; write NAME=VALUE" in capsys.readouterr().err
