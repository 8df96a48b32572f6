"""Measures of agreement give what their definitions, and published examples, say."""

import math
import random

import numpy as np
import pandas as pd
import pytest

from seer_evals.analysis._agreement import (
    alpha,
    binned,
    confusion,
    mean_absolute_error,
    ranks,
    spearman,
    weighted_kappa,
)

IQ = [106, 100, 86, 101, 99, 103, 97, 113, 112, 110]
HOURS = [7, 27, 2, 50, 28, 29, 20, 12, 6, 17]
"""Ten people's IQ and hours of television in a week, a common textbook example: rho = -29/165."""


def test_spearman_of_the_textbook_example() -> None:
    assert spearman(IQ, HOURS) == pytest.approx(-29 / 165)


def test_ties_share_their_mean_rank() -> None:
    assert ranks([5, 1, 5, 3]) == [3.5, 1, 3.5, 2]


def test_spearman_with_ties_is_the_correlation_of_pandas_ranks() -> None:
    draw = random.Random(1)
    first, second = ([draw.randint(1, 10) for _ in range(40)] for _ in range(2))
    reference = pd.Series(first).rank().corr(pd.Series(second).rank())
    assert spearman(first, second) == pytest.approx(reference)


@pytest.mark.parametrize(("first", "second"), [([], []), ([3], [4]), ([1, 1, 1], [1, 2, 3]), ([1, 2, 3], [4, 4, 4])])
def test_without_variation_there_is_no_rank_correlation(first: list[float], second: list[float]) -> None:
    assert math.isnan(spearman(first, second))


def kappa_of_a_table(first: list[int], second: list[int], categories: int) -> float:
    """Cohen's definition: 1 minus weighted observed over weighted expected cells of the table of categories."""
    observed = np.zeros((categories, categories))
    for a, b in zip(first, second, strict=True):
        observed[a, b] += 1
    expected = np.outer(observed.sum(1), observed.sum(0)) / observed.sum()
    weights = np.subtract.outer(np.arange(categories), np.arange(categories)) ** 2
    return float(1 - (weights * observed).sum() / (weights * expected).sum())


def test_weighted_kappa_is_that_of_the_table_of_categories() -> None:
    draw = random.Random(2)
    first = [draw.randint(0, 9) for _ in range(40)]
    second = [min(9, max(0, value + draw.randint(-2, 2))) for value in first]
    assert weighted_kappa(first, second) == pytest.approx(kappa_of_a_table(first, second, 10))


def test_weighted_kappa_by_hand() -> None:
    """Pairs (1, 1), (2, 3), (3, 3): observed (0 + 1 + 0) / 3; of all nine combinations (0+4+4 + 1+1+1 + 4+0+0) / 9."""
    assert weighted_kappa([1, 2, 3], [1, 3, 3]) == pytest.approx(1 - (1 / 3) / (15 / 9))


def test_weighted_kappa_is_one_for_the_same_and_minus_one_for_the_reverse_and_none_without_variation() -> None:
    assert weighted_kappa([1, 5, 9], [1, 5, 9]) == 1
    assert weighted_kappa([1, 9], [9, 1]) == -1
    assert math.isnan(weighted_kappa([4, 4], [4, 4])) and math.isnan(weighted_kappa([], []))


def test_alpha_by_hand_is_of_units_that_several_scored() -> None:
    """Units (1, 2), (4, 4), (5, 3): observed 2 * (1 + 0 + 4) / 6, expected over all 30 ordered pairs 130 / 30."""
    assert alpha([[1, 2], [4, 4], [9], [5, 3]]) == pytest.approx(1 - (10 / 6) / (130 / 30))
    assert math.isnan(alpha([[9], [1]]))


def test_mean_absolute_error_is_the_mean_distance() -> None:
    assert mean_absolute_error([1, 5, 9], [2, 5, 5]) == pytest.approx(5 / 3)
    assert math.isnan(mean_absolute_error([], []))


def test_a_scale_of_ten_has_its_thirds_below_four_and_below_seven() -> None:
    assert [binned(score, (1, 10)) for score in range(1, 11)] == [0, 0, 0, 1, 1, 1, 2, 2, 2, 2]
    assert [binned(score, (0, 1)) for score in (0, 0.5, 1)] == [0, 1, 2]


def test_the_confusion_table_has_people_in_its_rows() -> None:
    assert confusion([1, 1, 5, 10], [1, 10, 5, 5], (1, 10)) == ((1, 0, 1), (0, 1, 0), (0, 1, 0))
