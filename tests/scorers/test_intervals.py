"""Intervals of scores in a log: none for one sample, and nothing outside of what a value can be."""

import re
from pathlib import Path

import pytest
from inspect_ai import Task
from inspect_ai import eval as run_eval
from inspect_ai.dataset import Sample
from inspect_ai.scorer import Score, Scorer, Target, mean, scorer
from inspect_ai.solver import TaskState, chain

import seer_evals.scorers
from seer_evals.scorers import detection
from seer_evals.scorers._metrics import interval, rate_interval


@scorer(metrics={"share": [mean(), interval(0, 1)], "score_*": [mean(), interval()], "rate": [mean(), rate_interval()]})
def given() -> Scorer:
    """The number that the sample's target is."""

    async def score(state: TaskState, target: Target) -> Score:
        share = float(target.text)
        return Score(value={"share": share, "score_tone": 10 * share, "rate": float(share > 0.5)})

    return score


def metrics(values: list[float], folder: Path) -> dict[str, dict[str, float]]:
    samples = [Sample(input="?", target=str(value)) for value in values]
    (log,) = run_eval(Task(samples, solver=chain([]), scorer=given()), model="none", log_dir=str(folder))
    assert log.status == "success" and log.results, log.error
    return {
        score.name: {name.rsplit("/")[-1]: metric.value for name, metric in score.metrics.items()}
        for score in log.results.scores
    }


def test_one_sample_has_no_interval(tmp_path: Path) -> None:
    assert {name: set(found) for name, found in metrics([1.0], tmp_path).items()} == {
        "share": {"mean"},
        "score_tone": {"mean"},
        "rate": {"mean"},
    }


def test_the_interval_of_a_share_stays_between_0_and_1_and_that_of_a_score_has_no_such_limits(tmp_path: Path) -> None:
    found = metrics([1.0, 1.0, 0.8], tmp_path)
    assert found["share"]["interval_upper"] == 1 and found["share"]["interval_lower"] == pytest.approx(0.646, abs=1e-3)
    assert found["score_tone"]["interval_upper"] == pytest.approx(12.2, abs=0.01)
    assert metrics([0.1, 0.0], tmp_path)["share"]["interval_lower"] == 0


def test_the_interval_of_a_rate_has_a_width_where_all_are_alike(tmp_path: Path) -> None:
    rate = metrics([1.0, 1.0, 1.0], tmp_path)["rate"]
    assert rate["rate_interval_upper"] == 1 and rate["rate_interval_lower"] == pytest.approx(0.438, abs=1e-3)


def test_one_sample_of_detection_has_no_interval(tmp_path: Path) -> None:
    task = Task([Sample(input="?", metadata={"control": False})], solver=chain([]), scorer=detection())
    (log,) = run_eval(task, model="none", log_dir=str(tmp_path))
    assert log.status == "success" and log.results, log.error
    names = {name for score in log.results.scores for name in score.metrics}
    assert not {name for name in names if re.search(r"lower|upper", name)}


def test_no_scorer_takes_inspects_interval() -> None:
    files = Path(seer_evals.scorers.__file__).parent.rglob("*.py")
    assert [path.name for path in files if re.search(r"\bci(_\w+)?\(", path.read_text(encoding="utf-8"))] == []
