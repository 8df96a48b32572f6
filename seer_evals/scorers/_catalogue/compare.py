"""A catalogue of kinds against the true kinds, on prompts that its author has not seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

LEAST = 0.5
"""F1 from which a kind that was claimed counts as one of the true ones."""


@dataclass(frozen=True)
class Compared:
    """How well the kinds that were claimed are the true ones."""

    f1: dict[str, float]
    """By true kind, that of the claimed kind which stands for it; 0 without one."""
    claimed: dict[str, str]
    """By true kind, the claimed one that stands for it."""
    false: tuple[str, ...]
    """Claimed kinds that are none of the true ones."""


def f1(claimed: Sequence[bool], true: Sequence[bool]) -> float:
    """F1 of one kind over prompts; 0 where nothing is right."""
    both = sum(c and t for c, t in zip(claimed, true, strict=True))
    return 2 * both / (sum(claimed) + sum(true)) if both else 0.0


def compare(claimed: Mapping[str, Sequence[bool]], true: Mapping[str, Sequence[bool]]) -> Compared:
    """Let each true kind be stood for by a claimed kind of its own, so that the sum of F1 is largest.

    Args:
        claimed: By name, which of the prompts belong to the kind.
        true: The same of the true kinds; there are few.
    """
    table = {(c, t): f1(claimed[c], true[t]) for c in claimed for t in true}
    # Only the best few claims can stand for anything, and all orders of them are tried.
    best = sorted(claimed, key=lambda c: -max((table[c, t] for t in true), default=0.0))[: len(true) + 3]
    padded: list[str | None] = [*best, *[None] * len(true)]
    chosen: tuple[str | None, ...] = max(
        permutations(padded, len(true)),
        key=lambda order: sum(table[c, t] for c, t in zip(order, true, strict=True) if c is not None),
        default=(),
    )
    stands = {t: c for t, c in zip(true, chosen, strict=True) if c is not None and table[c, t] > 0}
    counted = {c for t, c in stands.items() if table[c, t] >= LEAST}
    return Compared(
        f1={t: table[stands[t], t] if t in stands else 0.0 for t in true},
        claimed=stands,
        false=tuple(c for c in claimed if c not in counted),
    )
