"""Intervals of 95 % and one test, for the few samples that an investigation has."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

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
    return Estimate(sum(values) / n, *wilson(sum(values), n), n)


def wilson(successes: float, trials: int) -> tuple[float, float]:
    """Wilson's interval for a share (1927); from 0 to 1 without trials."""
    if not trials:
        return 0.0, 1.0
    p = successes / trials
    middle = (p + Z**2 / (2 * trials)) / (1 + Z**2 / trials)
    half = Z / (1 + Z**2 / trials) * math.sqrt(p * (1 - p) / trials + Z**2 / (4 * trials**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def difference(first: Estimate, second: Estimate) -> Estimate:
    """The difference of two independent shares, with Newcombe's interval (1998, method 10)."""
    if not first.count or not second.count:
        return Estimate(math.nan, math.nan, math.nan, 0)
    value = first.value - second.value
    low = value - math.hypot(first.value - first.low, second.high - second.value)
    high = value + math.hypot(first.high - first.value, second.value - second.low)
    return Estimate(value, low, high, min(first.count, second.count))


def average(values: Sequence[float], alpha: float = 0.05) -> Estimate:
    """A mean, with Student's interval, which leaves out `alpha`; a single value has none."""
    n = len(values)
    if n == 0:
        return Estimate(math.nan, math.nan, math.nan, 0)
    mean = statistics.fmean(values)
    if n == 1:
        return Estimate(mean, math.nan, math.nan, 1)
    half = student(n - 1, alpha) * statistics.stdev(values) / math.sqrt(n)
    return Estimate(mean, mean - half, mean + half, n)


def within(estimate: Estimate, low: float, high: float) -> Estimate:
    """Without the part of the interval where no value can be: Student's knows no bounds."""
    return replace(estimate, low=max(estimate.low, low), high=min(estimate.high, high))


def student(degrees: int, alpha: float = 0.05) -> float:
    """The value that Student's t exceeds on either side with probability `alpha`."""
    low, high = 0.0, 1.0
    while _within(high, degrees) < 1 - alpha:
        low, high = high, 2 * high
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, degrees) < 1 - alpha else (low, middle)
    return high


def _within(t: float, degrees: int) -> float:
    """Probability that Student's t is from -t to t (Abramowitz and Stegun 1964, 26.7.3 and 26.7.4)."""
    angle = math.atan(t / math.sqrt(degrees))
    sine, cosine = math.sin(angle), math.cos(angle)
    first = degrees % 2
    term, total = (cosine if first else 1.0), 0.0
    for k in range(first, degrees - 1, 2):
        total += term
        term *= cosine**2 * (k + 1) / (k + 2)
    return 2 / math.pi * (angle + sine * total) if first else sine * total


def mcnemar(only_first: int, only_second: int) -> float:
    """Exact two-sided p of McNemar's test: how likely such an imbalance is if neither is better."""
    n = only_first + only_second
    if n == 0:
        return 1.0
    tail: float = sum(math.comb(n, k) for k in range(min(only_first, only_second) + 1)) / 2**n
    return min(1.0, 2 * tail)
