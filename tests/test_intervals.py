"""Intervals as the literature has them."""

import math

import pytest

from seer_evals.intervals import Estimate, average, difference, mcnemar, proportion, student


def test_wilson() -> None:
    found = proportion([1.0] * 81 + [0.0] * 182)  # Newcombe 1998, table I: 81 of 263
    assert (found.low, found.high) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert proportion([]).count == 0


def test_newcombe() -> None:
    first, second = proportion([1.0] * 56 + [0.0] * 14), proportion([1.0] * 48 + [0.0] * 32)  # table II, example a
    found = difference(first, second)
    assert found.value == pytest.approx(0.2)
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=1e-4)


@pytest.mark.parametrize(
    ("degrees", "at_95", "at_99"),
    [(1, 12.7062, 63.6567), (2, 4.3027, 9.9248), (3, 3.1824, 5.8409), (10, 2.2281, 3.1693), (100, 1.9840, 2.6259)],
)
def test_students_quantiles(degrees: int, at_95: float, at_99: float) -> None:
    assert (student(degrees), student(degrees, 0.01)) == pytest.approx((at_95, at_99), abs=1e-4)


def test_a_mean_of_one_value_has_no_interval() -> None:
    assert average([3.0]).value == 3
    assert math.isnan(average([3.0]).low)
    assert average([1.0, 2.0, 3.0]) == Estimate(2.0, pytest.approx(-0.484, abs=1e-3), pytest.approx(4.484, abs=1e-3), 3)


@pytest.mark.parametrize(
    ("one", "other", "p"), [(0, 0, 1.0), (1, 0, 1.0), (5, 0, 0.0625), (6, 0, 0.03125), (10, 2, 0.0386)]
)
def test_mcnemar(one: int, other: int, p: float) -> None:
    assert mcnemar(one, other) == pytest.approx(p, abs=1e-3) == mcnemar(other, one)
