"""Intervals of scores in a log: none for one sample, and nothing outside of what a value can be."""

import re
from pathlib import Path

import pytest
from inspect_ai import Task
from inspect_ai import eval as run_eval
from inspect_ai.dataset import Sample
from inspect_ai.scorer import Score, Scorer, Target, mean, scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver

import seer_evals.scorers
from seer_evals.scorers._metrics import interval


@scorer(metrics={"share": [mean(), interval(0, 1)], "score_*": [mean(), interval()]})
def given() -> Scorer:
    """The number that the sample's target is."""

    async def score(state: TaskState, target: Target) -> Score:
        return Score(value={"share": float(target.text), "score_tone": 10 * float(target.text)})

    return score


@solver
def idle() -> Solver:
    async def solve(state: TaskState, generate: Generate) -> TaskState:
        return state

    return solve


def metrics(values: list[float], folder: Path) -> dict[str, dict[str, float]]:
    samples = [Sample(input="?", target=str(value)) for value in values]
    (log,) = run_eval(Task(samples, solver=idle(), scorer=given()), model="none", log_dir=str(folder))
    assert log.status == "success" and log.results, log.error
    return {
        score.name: {name.rsplit("/")[-1]: metric.value for name, metric in score.metrics.items()}
        for score in log.results.scores
    }


def test_one_sample_has_no_interval(tmp_path: Path) -> None:
    assert {name: set(found) for name, found in metrics([1.0], tmp_path).items()} == {
        "share": {"mean"},
        "score_tone": {"mean"},
    }


def test_the_interval_of_a_share_stays_between_0_and_1_and_that_of_a_score_has_no_such_limits(tmp_path: Path) -> None:
    found = metrics([1.0, 1.0, 0.8], tmp_path)
    assert found["share"]["interval_upper"] == 1 and found["share"]["interval_lower"] == pytest.approx(0.646, abs=1e-3)
    assert found["score_tone"]["interval_upper"] == pytest.approx(12.2, abs=0.01)
    assert metrics([0.1, 0.0], tmp_path)["share"]["interval_lower"] == 0


def test_no_scorer_takes_inspects_interval() -> None:
    files = Path(seer_evals.scorers.__file__).parent.glob("*.py")
    assert [path.name for path in files if re.search(r"\bci\(", path.read_text(encoding="utf-8"))] == []
