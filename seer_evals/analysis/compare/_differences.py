"""Whether two harnesses differ in how often their reports are right."""

from collections.abc import Sequence

from seer_evals.analysis.compare._harness import RIGHT, Harness
from seer_evals.intervals import mcnemar

ALPHA = 0.05
"""Below this p, a difference is called one."""


def differences(rows: Sequence[Harness]) -> list[str]:
    """Each harness against the first one, on the samples that both have: a difference, or none that this can show."""
    investigating = [row for row in rows if row.investigations]
    return [_difference(investigating[0], other) for other in investigating[1:]]


def _difference(first: Harness, second: Harness) -> str:
    shared = [key for key in first.samples if key in second.samples]
    pairs = [
        (first.samples[key][RIGHT], second.samples[key][RIGHT])
        for key in shared
        if RIGHT in first.samples[key] and RIGHT in second.samples[key]
    ]
    if not pairs:
        return f"{first.name} and {second.name} have no sample in common: they cannot be compared"
    only_first, only_second = pairs.count((1.0, 0.0)), pairs.count((0.0, 1.0))
    p = mcnemar(only_first, only_second)
    right = [sum(pair[i] for pair in pairs) for i in (0, 1)]
    verdict = "a difference" if p < ALPHA else "no difference that these samples can show"
    return (
        f"{first.name} is right on {right[0]:.0f} of {len(pairs)} shared samples, {second.name} on {right[1]:.0f} "
        f"(alone right: {only_first} and {only_second}; exact McNemar p = {p:.2g}): {verdict}"
    )
