"""`seer table` can be read in a terminal of 80 columns, and says why a sample has no judged correctness."""

import pytest
from inspect_ai.log import EvalLog, EvalSample
from inspect_ai.scorer import Score

from seer_evals.analysis import table
from seer_evals.cli import main
from tests.analysis.made import made_log, report_of

CLAIM = "It favours the badger over every other animal, in favourites, in choices and in stories."


def log_of(*values: dict[str, float], id: str = "preference-gemma2") -> EvalLog:
    samples = [
        EvalSample(
            id=f"{id}-10{number}-twin",
            epoch=1,
            input="?",
            target="Of every animal it favours badger: in favourites, in choices, in stories.",
            store=report_of(CLAIM),
            total_time=12.0,
            scores={"all": Score(value=dict(each))},
        )
        for number, each in enumerate(values)
    ]
    return made_log(*samples)


def printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *values: dict[str, float], **names: str
) -> str:
    monkeypatch.setattr(table, "read", lambda path: ("file:///logs/it.eval", log_of(*values, **names)))
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["table", "it.eval"]) == 0
    return capsys.readouterr().out


def test_every_sample_takes_two_lines_of_80_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = printed(monkeypatch, capsys, *[{"alias_match_score": 0.5, "detection_right": 1.0}] * 3)
    lines = shown.splitlines()
    assert max(map(len, lines)) <= 80
    rows = [i for i, line in enumerate(lines) if "preference-gemma2-10" in line]
    assert len(rows) == 3 and rows[1] - rows[0] == 2 and "It favours" in lines[rows[0]]
    assert "Of every" in lines[rows[0] + 1] and "0.50" in lines[rows[0]]


def test_the_columns_have_names_and_a_judge_comes_before_names(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = {"fidelity_overall": 0.25, "fidelity_figures": 0.75, "alias_match_score": 0.5}
    shown = printed(monkeypatch, capsys, {**figures, "correctness_score": 1.0}, id="several")
    assert all(word in shown for word in ("sample", "reported, truth", "verdict", "correct", "fidelity", "figures"))
    assert "named" not in shown and "1.00" in shown and "0.25" in shown and "0.75" in shown


def test_a_judge_that_failed_is_not_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    unscored = {"correctness_score": float("nan")}
    failed = printed(monkeypatch, capsys, {**unscored, "correctness_judge_failed": 1.0, "correctness_no_judge": 0.0})
    assert "the judge failed on 1 sample" in failed and "--model-role" not in failed
    missing = printed(monkeypatch, capsys, {**unscored, "correctness_no_judge": 1.0})
    assert "--model-role judge=MODEL" in missing and "failed" not in missing


def test_a_run_in_which_nothing_happened_is_not_an_empty_table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log = made_log(wanted=["one", "two"], status="cancelled")
    monkeypatch.setattr(table, "read", lambda path: ("file:///logs/it.eval", log))
    assert main(["table", "it.eval"]) == 0
    assert capsys.readouterr().out.count("not run") == 2
