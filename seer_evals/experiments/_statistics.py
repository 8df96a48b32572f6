"""Differences between two arms on the same organisms. The organism is the unit: its samples are not independent.

Methods have names and are not chosen by looking at the data: Student's interval over the organisms' mean differences,
the exact sign-flip permutation test over organisms (Fisher 1935), McNemar's exact test for yes and no, Holm's
correction (1979). All are scipy's, but for Holm's, which it does not have.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from seer_evals.intervals import Estimate

EXACT = 16
"""Organisms of which all signs are tried; of more, `DRAWS` at random."""
DRAWS = 20_000
POWER = 0.8


@dataclass(frozen=True)
class Paired:
    """What two arms have on the same samples: by organism, the differences of its samples (second minus first)."""

    differences: Mapping[str, Sequence[float]]

    @property
    def means(self) -> list[float]:
        """One difference for each organism."""
        return [sum(each) / len(each) for each in self.differences.values()]

    @property
    def samples(self) -> int:
        """Pairs of samples."""
        return sum(map(len, self.differences.values()))


def interval(means: Sequence[float], alpha: float = 0.05) -> Estimate:
    """The mean difference with Student's interval over organisms; of a single organism there is none.

    Args:
        means: One for each organism.
        alpha: What the interval leaves out.
    """
    from scipy import stats

    n = len(means)
    if n == 0:
        return Estimate(math.nan, math.nan, math.nan, 0)
    mean = sum(means) / n
    if n == 1:
        return Estimate(mean, math.nan, math.nan, 1)
    error = float(stats.sem(means))
    half = float(stats.t.ppf(1 - alpha / 2, n - 1)) * error
    return Estimate(mean, mean - half, mean + half, n)


def sign_flip(means: Sequence[float]) -> float:
    """Two-sided p of the permutation test that flips the signs of organisms: all ways up to `EXACT` of them."""
    import numpy as np
    from scipy import stats

    moved = [each for each in means if each]
    if not moved:
        return 1.0
    if len(moved) == 1:
        return 1.0  # either sign is as large
    resamples = np.inf if len(moved) <= EXACT else DRAWS
    found = stats.permutation_test(
        (np.array(moved),),
        lambda x, axis: np.mean(x, axis=axis),
        permutation_type="samples",
        n_resamples=resamples,
        vectorized=True,
        rng=np.random.default_rng(0),
    )
    return float(min(1.0, found.pvalue))


def smallest_p(organisms: int) -> float:
    """What `sign_flip` gives at the least, if all organisms differ and in one direction."""
    return min(1.0, 2.0 ** (1 - organisms)) if organisms <= EXACT else 1 / (DRAWS + 1)


def mcnemar(differences: Sequence[float]) -> float:
    """Exact two-sided p of McNemar's test, of differences that are -1, 0 or 1; samples are taken as independent."""
    from scipy import stats

    up, down = sum(each > 0 for each in differences), sum(each < 0 for each in differences)
    return float(stats.binomtest(up, up + down).pvalue) if up + down else 1.0


def holm(values: Sequence[float]) -> list[float]:
    """The p values, adjusted so that one that is below alpha is a difference at alpha over all of them."""
    order = sorted(range(len(values)), key=lambda i: values[i])
    adjusted, worst = [0.0] * len(values), 0.0
    for rank, i in enumerate(order):
        worst = max(worst, min(1.0, (len(values) - rank) * values[i]))
        adjusted[i] = worst
    return adjusted


def detectable(organisms: int, each: int, alpha: float, discordant: float) -> tuple[float, float]:
    """The smallest difference in a share of yes that would be seen four times out of five.

    Args:
        organisms: How many.
        each: Samples of an organism.
        alpha: Of the test.
        discordant: Share of pairs of samples in which only one of the two arms is right: an assumption.

    Returns:
        If an organism's samples are independent, and if they all say the same; 1 where nothing could be seen.
    """
    from scipy import stats

    if organisms < 2 or smallest_p(organisms) > alpha:
        return 1.0, 1.0
    factor = float(stats.t.ppf(1 - alpha / 2, organisms - 1) + stats.t.ppf(POWER, organisms - 1))
    found = []
    for n in (organisms * each, organisms):
        # The spread of a difference of yes and no is sqrt(discordant - difference**2).
        found.append(min(1.0, math.sqrt(factor**2 * discordant / (n + factor**2))))
    return found[0], found[1]
