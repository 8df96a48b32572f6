"""Which of many texts is the best on the search's organisms: the rule by which candidates are tried and dropped.

Every candidate is held against the start on the same organisms, by the same value that the verdict goes by. Up to
`MANY` candidates are tried on all of them; of more, the better half goes on to further organisms, again and again
(successive halving, Jamieson and Talwalkar 2016). The best of many always looks better than it is, so nothing of this
is a claim: what is claimed is measured on organisms that the search never saw.
"""

import math
from collections.abc import Callable, Sequence

from seer_evals.experiments._experiment import ExperimentError, Rule
from seer_evals.experiments._results import Arm, paired
from seer_evals.frozen import Frozen

MANY = 4
"""Candidates that are all tried on all organisms of the search."""

Try = Callable[[Sequence[str], Sequence[str]], Sequence[Arm]]
"""Runs candidates, by name, on organisms; gives what came of each so far, on these and on earlier ones."""


class Standing(Frozen):
    """How a candidate stands.

    Attributes:
        name: Of the candidate.
        gain: Mean difference from the start over the organisms on which it was tried; more is better.
        organisms: How many those are.
        out: Why it does not go on; empty while it does.
    """

    name: str
    gain: float = 0.0
    organisms: int = 0
    out: str = ""


def stages(candidates: int, organisms: Sequence[str]) -> list[Sequence[str]]:
    """The organisms that each stage adds: all at once for few candidates; for more, half of them in the last stage."""
    halvings = max(0, math.ceil(math.log2(max(1, candidates) / MANY)))
    ends = [len(organisms)]
    while len(ends) <= halvings and ends[0] >= 2:
        ends.insert(0, ends[0] // 2)
    return [organisms[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]


def search(rule: Rule, start: str, candidates: Sequence[str], organisms: Sequence[str], tried: Try) -> list[Standing]:
    """Try candidates against the start, and drop those that stand lower.

    Args:
        rule: By which value they are compared.
        start: Name of what they are compared with; it is tried wherever they are.
        candidates: Their names.
        organisms: Of the search.
        tried: Runs them.

    Returns:
        The candidates, each with the reason for which it was dropped; those with none were tried on all organisms.

    Raises:
        ExperimentError: The start did not end on all of them.
    """
    found = {name: Standing(name=name) for name in candidates}
    seen: list[str] = []
    steps = stages(len(candidates), organisms)
    for number, more in enumerate(steps, 1):
        seen += more
        alive = [each.name for each in found.values() if not each.out]
        if not alive:
            break
        first, *others = tried([start, *alive], more)
        if missing := len(seen) - len(paired(first, first, rule.scored).means):
            raise ExperimentError(
                f"{start} has no {rule.scored} on {missing} of {len(seen)} organisms of the search, so nothing can be "
                "held against it; see above, mend it, and say it again: what ended is not run twice"
            )
        found |= {arm.name: _standing(rule, first, arm, len(seen)) for arm in others}
        if number < len(steps):
            found |= _halved([each for each in found.values() if each.name in alive and not each.out], number)
    return list(found.values())


def best(standings: Sequence[Standing]) -> Standing | None:
    """The one that gained most, of those that were tried on everything; none if none gained. The earlier of equals."""
    gained = [each for each in standings if not each.out and each.gain > 0]
    return max(gained, key=lambda each: each.gain, default=None)


def _standing(rule: Rule, start: Arm, arm: Arm, organisms: int) -> Standing:
    """A candidate without an outcome on each organism is out: what is missing may be what it fails on."""
    means = paired(start, arm, rule.scored).means
    gain = (1 if rule.more_is_better else -1) * sum(means) / len(means) if means else 0.0
    missing = organisms - len(means)
    out = f"has no {rule.scored} on {missing} of {organisms} organisms" if missing else ""
    return Standing(name=arm.name, gain=gain, organisms=len(means), out=out)


def _halved(alive: list[Standing], stage: int) -> dict[str, Standing]:
    kept = sorted(alive, key=lambda each: -each.gain)[: math.ceil(len(alive) / 2)]
    lower = {"out": f"in the lower half after stage {stage}"}
    return {each.name: each.model_copy(update=lower) for each in alive if each not in kept}
