"""Intervals of 95 % and one test, for the few samples that an investigation has."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

Z = 1.959964


@dataclass(frozen=True)
class Estimate:
    """A figure with its interval; NaN where there is nothing to estimate from."""

    value: float
    low: float
    high: float
    count: int
    """Samples that it rests on."""


def proportion(values: Sequence[float]) -> Estimate:
    """A share of zeros and ones, with Wilson's interval."""
    n = len(values)
    if n == 0:
        return Estimate(math.nan, math.nan, math.nan, 0)
    p = sum(values) / n
    middle = (p + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * math.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
    return Estimate(p, max(0.0, middle - half), min(1.0, middle + half), n)


def difference(first: Estimate, second: Estimate) -> Estimate:
    """The difference of two independent shares, with Newcombe's interval (1998, method 10)."""
    if not first.count or not second.count:
        return Estimate(math.nan, math.nan, math.nan, 0)
    value = first.value - second.value
    low = value - math.hypot(first.value - first.low, second.high - second.value)
    high = value + math.hypot(first.high - first.value, second.value - second.low)
    return Estimate(value, low, high, min(first.count, second.count))


def average(values: Sequence[float]) -> Estimate:
    """A mean, with Student's interval; a single value has none."""
    n = len(values)
    if n == 0:
        return Estimate(math.nan, math.nan, math.nan, 0)
    mean = statistics.fmean(values)
    if n == 1:
        return Estimate(mean, math.nan, math.nan, 1)
    half = student(n - 1) * statistics.stdev(values) / math.sqrt(n)
    return Estimate(mean, mean - half, mean + half, n)


def student(degrees: int) -> float:
    """The 97.5 % quantile of Student's t, by Cornish and Fisher's expansion (exact for 1 and 2 degrees of freedom)."""
    if degrees == 1:
        return 12.7062
    if degrees == 2:
        return 4.3027
    terms: list[float] = [
        (Z**3 + Z) / 4,
        (5 * Z**5 + 16 * Z**3 + 3 * Z) / 96,
        (3 * Z**7 + 19 * Z**5 + 17 * Z**3 - 15 * Z) / 384,
        (79 * Z**9 + 776 * Z**7 + 1482 * Z**5 - 1920 * Z**3 - 945 * Z) / 92160,
    ]
    return Z + sum(float(term / degrees ** (i + 1)) for i, term in enumerate(terms))


def mcnemar(only_first: int, only_second: int) -> float:
    """Exact two-sided p of McNemar's test: how likely such an imbalance is if neither is better."""
    n = only_first + only_second
    if n == 0:
        return 1.0
    tail: float = sum(math.comb(n, k) for k in range(min(only_first, only_second) + 1)) / 2**n
    return min(1.0, 2 * tail)
