"""What the rule says: for every arm, whether it is better than the first one, worse, as good, or not told apart."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from seer_evals.experiments._experiment import Rule
from seer_evals.experiments._results import COST, Arm, paired
from seer_evals.experiments._statistics import holm, interval, mcnemar, sign_flip, smallest_p
from seer_evals.intervals import Estimate

Says = Literal["better", "worse", "as good", "cannot tell", "nothing to compare"]


@dataclass(frozen=True)
class Comparison:
    """An arm against the first one.

    Attributes:
        arm: Its name.
        difference: Mean difference of the metric over organisms, with its interval.
        p: Of the sign-flip test over organisms.
        adjusted: The same after Holm's correction over all arms.
        least_p: What p can be at the least with so many organisms.
        samples: Pairs of samples.
        discordant: Pairs of which only the first is right, and only the second; none unless the metric is yes or no.
        mcnemar_p: McNemar's exact p for them.
        cost: Mean difference of dollars a sample, over organisms.
        says: The rule's word.
    """

    arm: str
    difference: Estimate
    p: float
    adjusted: float
    least_p: float
    samples: int
    discordant: tuple[int, int] | None
    mcnemar_p: float | None
    cost: Estimate
    says: Says


def conclude(rule: Rule, arms: Sequence[Arm]) -> list[Comparison]:
    """Every arm but the first against the first, by the rule.

    Args:
        rule: As it was stated before.
        arms: The one that all others are compared with first.
    """
    first, *others = arms
    pairs = [paired(first, other, rule.scored) for other in others]
    values = [sign_flip(each.means) for each in pairs]
    found = []
    for other, pair, p, adjusted in zip(others, pairs, values, holm(values), strict=True):
        difference = interval(pair.means, rule.alpha)
        each = [value for values in pair.differences.values() for value in values]
        binary = bool(each) and all(value in (-1, 0, 1) for value in each)
        found.append(
            Comparison(
                arm=other.name,
                difference=difference,
                p=p,
                adjusted=adjusted,
                least_p=smallest_p(len(pair.means)),
                samples=pair.samples,
                discordant=(each.count(-1.0), each.count(1.0)) if binary else None,
                mcnemar_p=mcnemar(each) if binary else None,
                cost=interval(paired(first, other, COST).means, rule.alpha),
                says=_says(rule, difference, adjusted),
            )
        )
    return found


def _says(rule: Rule, difference: Estimate, adjusted: float) -> Says:
    if not difference.count:
        return "nothing to compare"
    if adjusted < rule.alpha and difference.value:
        return "better" if (difference.value > 0) is rule.more_is_better else "worse"
    if -rule.least < difference.low and difference.high < rule.least:
        return "as good"
    return "cannot tell"


def in_words(rule: Rule, first: str, each: Comparison) -> str:
    """The verdict on an arm, in a sentence."""
    name, gap = each.arm, each.difference
    if each.says == "nothing to compare":
        return f"{name} and {first} have no sample with {rule.scored} in common: there is nothing to compare."
    size = f"{gap.value:+.2f} {rule.scored}" + ("" if math.isnan(gap.low) else f" [{gap.low:+.2f}, {gap.high:+.2f}]")
    of = f"on {gap.count} organisms, {each.samples} pairs of samples (p = {each.adjusted:.2g} after Holm)"
    if each.says in ("better", "worse"):
        small = f"; less than the {rule.least:g} that matter" if abs(gap.value) < rule.least else ""
        return f"{name} is {each.says} than {first}: {size} {of}{small}."
    if each.says == "as good":
        return f"{name} is as good as {first}: {size} {of}; the interval lies within {rule.least:g} of none."
    why = ""
    if each.least_p >= rule.alpha:
        why = f"; with so few organisms p cannot be below {each.least_p:.2g}, whatever they show"
    return f"{name} is not told apart from {first}: {size} {of}{why}."


def dominated(rule: Rule, arms: Sequence[Arm]) -> dict[str, str]:
    """Arms that another one beats: by name, which.

    The other is cheaper or better where the paired interval leaves out zero, and in the other of the two not worse by
    what matters: of dollars, that its paired interval does not say that it is dearer.
    """
    found = {}
    for arm in arms:
        for other in arms:
            if other is not arm and arm.name not in found and _beats(rule, other, arm):
                found[arm.name] = other.name
    return found


def _beats(rule: Rule, other: Arm, arm: Arm) -> bool:
    sign = 1 if rule.more_is_better else -1
    gain = interval([sign * each for each in paired(arm, other, rule.scored).means], rule.alpha)
    dearer = interval(paired(arm, other, COST).means, rule.alpha)
    if gain.count < 2 or dearer.count < 2:
        return False
    better, cheaper = gain.low > 0, dearer.high < 0
    return (better and dearer.low <= 0) or (cheaper and gain.low > -rule.least)
