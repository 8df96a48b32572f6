"""The types of GPU that Modal has, how many of each a sandbox can hold, and whether a list of preferences makes sense.

From Modal's guide on GPUs. The client does not check a type, and the server does so when a sandbox is created.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

ANY = "any"
"""Instead of a list of preferences: the cheapest type that is free."""


@dataclass(frozen=True)
class Gpu:
    """A type of GPU."""

    rate: str
    """How it is called in the names of Modal's rates. An upgrade that Modal makes by itself costs nothing."""
    most: int = 8
    """GPUs in one sandbox."""


GPUS = {
    "T4": Gpu("t4"),
    "L4": Gpu("l4"),
    "A10": Gpu("a10g", most=4),
    "L40S": Gpu("l40s"),
    "A100": Gpu("a100_40gb"),
    "A100-40GB": Gpu("a100_40gb"),
    "A100-80GB": Gpu("a100_80gb"),
    "RTX-PRO-6000": Gpu("rtx6000"),
    "H100": Gpu("h100"),
    "H100!": Gpu("h100"),
    "H200": Gpu("h200"),
    "B200": Gpu("b200"),
    "B200+": Gpu("b200"),
}
_CHEAPEST_FIRST = ("T4", "L4", "A10", "L40S", "A100", "H100")


def choices(kinds: Sequence[str], count: int = 1) -> tuple[str, ...]:
    """The types to ask Modal for, one after the other."""
    if tuple(kinds) == (ANY,):
        return tuple(kind for kind in _CHEAPEST_FIRST if count <= GPUS[kind].most)
    return tuple(kind.upper() for kind in kinds)


def problems(kinds: Sequence[str], count: int = 1) -> Iterator[str]:
    """All that is wrong with an ordered list of preferences and a number of GPUs."""
    for kind in kinds:
        yield from _unknown(kind) if kind != ANY else ()
    if ANY in kinds and len(kinds) > 1:
        yield f"gpu {', '.join(kinds)}: `{ANY}` stands alone, since it is every type; leave it or the others out"
    if twice := sorted({kind for kind in kinds if choices(kinds).count(kind.upper()) > 1}):
        yield f"gpu {', '.join(twice)}: named more than once"
    yield from _too_many(kinds, count)


def _unknown(kind: str) -> Iterator[str]:
    name, _, number = kind.upper().partition(":")
    if name in GPUS and number:
        yield f"gpu {kind!r}: say gpu: [{name}] and gpu_count: {number}"
    elif name not in GPUS:
        close = get_close_matches(name, GPUS, n=1)
        hint = f"did you mean {close[0]!r}? " if close else ""
        yield f"gpu {kind!r} is not a type that Modal has; {hint}available: {', '.join(GPUS)}, or `{ANY}` alone"


def _too_many(kinds: Sequence[str], count: int) -> Iterator[str]:
    most = {kind: GPUS[kind.upper()].most for kind in kinds if kind.upper() in GPUS}
    most |= {ANY: 8} if ANY in kinds else {}
    for kind, number in most.items():
        if count > number:
            yield f"gpu_count {count}: a Modal sandbox holds at most {number} of {kind}"
