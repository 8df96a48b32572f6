"""How different texts are from each other, by the character trigrams that they are made of.

The distance of two texts is one minus the share of their trigrams that they have in common (Jaccard), after case,
spaces and punctuation are evened out: 0 for copies, 1 for texts without a common trigram. Texts nearer than `SAME`
belong together, and so do those that a chain of such steps connects: ten copies of a text, or one that is changed a
word at a time, are one.
"""

import re
import statistics
from collections.abc import Sequence
from itertools import combinations

SAME = 0.5
"""Distance below which two texts count as one."""
LENGTH = 3


def distance(first: str, second: str) -> float:
    """Jaccard distance of the trigrams of two texts, from 0 to 1."""
    one, other = _trigrams(first), _trigrams(second)
    union = one | other
    return 1 - len(one & other) / len(union) if union else 0.0


def mean_distance(texts: Sequence[str]) -> float:
    """Mean distance of all pairs; NaN where there are fewer than two texts."""
    pairs = [distance(*pair) for pair in combinations(texts, 2)]
    return statistics.fmean(pairs) if pairs else float("nan")


def clusters(texts: Sequence[str]) -> list[list[int]]:
    """The texts that belong together, by index (single linkage at `SAME`)."""
    groups: list[list[int]] = []
    for i, text in enumerate(texts):
        near = [group for group in groups if any(distance(text, texts[j]) < SAME for j in group)]
        groups = [group for group in groups if group not in near] + [[*(j for group in near for j in group), i]]
    return sorted(sorted(group) for group in groups)


def _trigrams(text: str) -> set[str]:
    words = re.findall(r"\w+", text.casefold())
    plain = f" {' '.join(words)} "
    return {plain[i : i + LENGTH] for i in range(len(plain) - LENGTH + 1)}
