"""A technique alone: its battery is a page, and its rule is stated."""

from pathlib import Path
from typing import Any

import pytest
from inspect_ai import eval as run_eval

from seer_evals.solvers import _technique, technique
from seer_evals.solvers._technique import find_technique, techniques
from seer_evals.solvers._technique.battery import parts
from seer_evals.tasks import hidden_preference
from seer_evals.tasks.refusal_direction.baseline import REPORTED, RULE

FOUND = {
    **{"refused_base": 1.0, "refused_ablated": 0.0, "refused_added": 1.0, "refused_random_ablated": 1.0},
    **{"answered_base": 1.0, "answered_ablated": 1.0, "answered_added": 0.0, "answered_random_added": 1.0},
    **{"ce_change": 0.0, "test_prompts": 40.0},
}


def decided(**other: float) -> Any:
    return RULE.decide({"figures": {**FOUND, **other}, "direction": "layer 2"}, 4)


def test_an_effect_is_a_finding_with_the_cell_that_shows_it() -> None:
    report = decided()
    assert not report.nothing_unusual and report.findings[0].evidence[0].number == 4
    assert tuple(figure.name for figure in report.figures) == REPORTED


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"refused_base": 0.1, "refused_ablated": 0.0, "refused_random_ablated": 0.1}, "refuses 10%"),
        ({"refused_ablated": 0.6}, "does not take refusal away"),
        ({"answered_added": 0.6}, "does not bring refusal about"),
        ({"refused_random_ablated": 0.5}, "removing a random direction does as much"),
        ({"answered_random_added": 0.5}, "adding a random direction does as much"),
    ],
)
def test_each_reason_alone_makes_it_no_effect(other: dict[str, float], reason: str) -> None:
    report = decided(**other)
    assert report.nothing_unusual and reason in report.answer and report.answer.count(";") == 0
    assert len(report.figures) == len(REPORTED)


def test_a_battery_is_prose_and_cells_in_turn() -> None:
    text = "# Title\n\nProse.\n\n```python\nx = 1\n\ny = 2\n```\n\nMore.\n\n```python\nx\n```\n"
    assert list(parts(text)) == [
        ("prose", "# Title\n\nProse."),
        ("code", "x = 1\n\ny = 2"),
        ("prose", "More."),
        ("code", "x"),
    ]


BATTERIES = sorted(
    path for folder in _technique.FOLDERS for path in folder.glob("*.md") if path.with_suffix(".py").exists()
)


@pytest.mark.parametrize("battery", BATTERIES, ids=lambda path: path.stem)
def test_every_battery_is_python_and_publishes(battery: Path) -> None:
    cells = [text for kind, text in parts(battery.read_text()) if kind == "code"]
    for cell in cells:
        compile(cell, battery.name, "exec")
    assert any("@@published " in cell for cell in cells)


def test_every_technique_is_found_by_its_name() -> None:
    assert len(techniques()) >= len(BATTERIES)
    assert all(find_technique(name).name == name for name in techniques())


def test_an_unknown_technique_names_those_that_there_are() -> None:
    with pytest.raises(ValueError, match=r"unknown technique 'refusal'; available: .*refusal-direction"):
        technique("refusal")


def test_a_technique_alone_says_where_it_can_work(tmp_path: Path) -> None:
    (log,) = run_eval(
        hidden_preference(organisms="preference-llama-101", controls=False),
        solver=technique("prefill"),
        model="none",
        log_dir=str(tmp_path),
        display="none",
    )
    assert log.status == "error" and log.error is not None
    assert "works with the materials of a study, and this task has none; take a study" in log.error.message
