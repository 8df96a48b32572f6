"""The tests and intervals against what is known of them in closed form."""

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seer_evals import intervals
from seer_evals.experiments._statistics import (
    DRAWS,
    EXACT,
    detectable,
    holm,
    interval,
    mcnemar,
    sign_flip,
    smallest_p,
)

MEANS = st.lists(st.integers(-4, 4).map(lambda n: n / 4), min_size=1, max_size=9)


@given(MEANS)
def test_the_exact_test_is_the_share_of_sign_flips_that_are_as_far_from_zero(means: list[float]) -> None:
    flips = [sum(s * m for s, m in zip(signs, means, strict=True)) for signs in product((1, -1), repeat=len(means))]
    known = sum(abs(each) >= abs(sum(means)) - 1e-12 for each in flips) / len(flips)
    assert sign_flip(means) == pytest.approx(known)


@pytest.mark.parametrize("organisms", [1, 2, 5, 8, EXACT])
def test_p_cannot_be_smaller_than_so_many_organisms_allow(organisms: int) -> None:
    assert sign_flip([0.5] * organisms) == pytest.approx(smallest_p(organisms))
    assert smallest_p(5) == 0.0625, "five organisms cannot show anything at .05"


def test_with_many_organisms_signs_are_drawn_and_p_is_never_zero() -> None:
    assert 0 < sign_flip([1.0] * (EXACT + 1)) <= 2 / DRAWS
    assert sign_flip([1.0, -1.0] * EXACT) > 0.9
    assert sign_flip([1.0, 0.5, -0.2] * EXACT) == sign_flip([1.0, 0.5, -0.2] * EXACT), "twice the same"


def test_no_difference_at_all_is_none() -> None:
    assert sign_flip([0.0] * 8) == sign_flip([]) == 1.0
    nothing, single = interval([]), interval([0.5])
    assert nothing.count == 0 and math.isnan(nothing.value)
    assert single.count == 1 and math.isnan(single.low)


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=20))
def test_the_interval_is_students(means: list[float]) -> None:
    ours, known = interval(means), intervals.average(means)
    assert (ours.value, ours.low, ours.high) == pytest.approx((known.value, known.low, known.high), abs=1e-6)


@given(st.integers(0, 12), st.integers(0, 12))
def test_mcnemar_is_exact(up: int, down: int) -> None:
    assert mcnemar([1.0] * up + [-1.0] * down + [0.0] * 5) == pytest.approx(intervals.mcnemar(up, down))


def test_holm_as_in_a_table() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.04]) == [0.04] and holm([]) == []
    assert holm([0.6, 0.7]) == [1.0, 1.0]


def test_more_organisms_and_more_samples_show_smaller_differences() -> None:
    few, many = detectable(8, 2, 0.05, 0.3), detectable(40, 2, 0.05, 0.3)
    assert few[0] <= few[1] and many[0] < few[0] and many[1] < few[1]
    assert detectable(8, 1, 0.05, 0.3)[0] == detectable(8, 1, 0.05, 0.3)[1]
    assert detectable(5, 100, 0.05, 0.3) == (1.0, 1.0)


def test_the_power_that_is_promised_is_there() -> None:
    """By simulation: 30 organisms of one sample, three in ten pairs discordant, the difference that is named."""
    import random

    rng, (gap, _) = random.Random(0), detectable(30, 1, 0.05, 0.3)
    up = (0.3 + gap) / 2

    def drawn() -> float:
        u = rng.random()
        return 1.0 if u < up else -1.0 if u < 0.3 else 0.0

    seen = 0
    for _ in range(400):
        found = interval([drawn() for _ in range(30)])
        seen += found.low > 0
    assert seen / 400 == pytest.approx(0.8, abs=0.08)
