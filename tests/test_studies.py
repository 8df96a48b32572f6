"""What a study asks for, what a number is worth, and how numbers stand in a report."""

import pytest
from pydantic import ValidationError

from seer_evals.reports import Figure, Report
from seer_evals.studies import AskedFigure, Step, Study


@pytest.mark.parametrize(
    ("reported", "credit"),
    [(0.5, 1.0), (0.6, 1.0), (0.4, 1.0), (0.7, 0.5), (0.8, 0.0), (0.2, 0.0), (9, 0.0), (None, 0)],
)
def test_credit_is_full_within_the_tolerance_and_gone_at_three_times(reported: float | None, credit: float) -> None:
    assert AskedFigure(name="share", absolute=0.1).credit(reported, 0.5) == pytest.approx(credit)


def test_the_larger_of_both_tolerances_counts() -> None:
    figure = AskedFigure(name="layer", absolute=1, relative=0.2)
    assert (figure.tolerance(2), figure.tolerance(-20)) == (1, 4)


def test_a_step_that_nobody_can_decide_is_refused() -> None:
    with pytest.raises(ValidationError, match="step 'seeds' can be decided by nobody"):
        Step(name="seeds", statement="Three seeds were tried.")


def test_two_figures_of_one_name_are_refused() -> None:
    asked = AskedFigure(name="share", absolute=0.1)
    with pytest.raises(ValidationError, match="figure 'share' comes more than once"):
        Study(name="s", reference="r", figures=(asked, asked))
    with pytest.raises(ValidationError, match="figure 'share' is given more than once"):
        Report(nothing_unusual=True, answer="x", figures=(Figure(name="share", value=1), Figure(name="share", value=2)))


def test_figures_stand_in_the_report_with_interval_and_note() -> None:
    figures = (Figure(name="share", value=0.25, low=0.1, high=0.4, note="of 40"), Figure(name="layer", value=3))
    text = Report(nothing_unusual=True, answer="Nothing.", figures=figures).markdown()
    assert "- share = 0.25 (95 %: from 0.1 to 0.4); of 40\n- layer = 3" in text


@pytest.mark.parametrize("wrong", [{"value": float("nan")}, {"value": 1, "low": 3, "high": 2}])
def test_a_figure_that_is_no_number_or_no_interval_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        Figure.model_validate({"name": "share", **wrong})
