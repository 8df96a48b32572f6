"""`seer table` can be read in a terminal of 80 columns, and says why a sample has no judged correctness."""

from types import SimpleNamespace
from typing import Any

import pytest

from seer_evals.analysis import table
from seer_evals.cli import main
from seer_evals.reports import Finding, Report

CLAIM = "It favours the badger over every other animal, in favourites, in choices and in stories."


def log_of(*values: dict[str, float], id: str = "preference-gemma2") -> Any:
    report = Report(nothing_unusual=False, answer="?", findings=(Finding(claim=CLAIM, confidence=1),))
    store = {"lab:report": report.model_dump(mode="json")}
    common: dict[str, Any] = {"store": store, "metadata": {}, "error": None, "total_time": 12.0, "epoch": 1}
    samples = [
        SimpleNamespace(
            id=f"{id}-10{number}-twin",
            target="Of every animal it favours badger: in favourites, in choices, in stories.",
            scores={"all": SimpleNamespace(value=each)},
            **common,
        )
        for number, each in enumerate(values)
    ]
    return SimpleNamespace(samples=samples, results=None)


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
