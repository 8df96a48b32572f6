"""Seconds times rates: what a sandbox has cost, and what one may cost at most."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from seer_evals.environment import Environment

from ._gpus import choices
from ._rates import Rates

LEAST_CPU = 0.125
"""Cores that Modal reserves where nothing is said."""
LEAST_MEMORY = 128
"""MiB that Modal reserves where nothing is said."""
CPU_OF_GPU, MEMORY_OF_GPU = 2.0, 16 * 1024
"""Cores and MiB beside each GPU where nothing is said. With Modal's own least (above) the GPU would wait, at its price,
for an eighth of a core to load weights, which pass through memory: 16 GiB are 8 billion parameters in bfloat16."""
_HOUR = 3600


@dataclass(frozen=True)
class Need:
    """What a sandbox holds for as long as it lives."""

    gpus: tuple[str, ...] = ()
    """Types in order of preference, as Modal calls them."""
    gpu_count: int = 1
    cpu: float = LEAST_CPU
    memory: int = LEAST_MEMORY
    """MiB."""


@dataclass(frozen=True)
class Cost:
    """Dollars by resource; None where there is no rate, so that an unknown cost is never taken for none."""

    gpu: Decimal | None
    cpu: Decimal | None
    memory: Decimal | None

    @property
    def total(self) -> Decimal | None:
        """Dollars for everything, None if a part of it is unknown."""
        return added([self.gpu, self.cpu, self.memory])

    def times(self, number: int) -> "Cost":
        """The cost of so many of the same."""
        return Cost(*(None if part is None else part * number for part in (self.gpu, self.cpu, self.memory)))


def need(gpus: tuple[str, ...] = (), gpu_count: int = 1, cpu: float | None = None, memory: int | None = None) -> Need:
    """What a sandbox holds, from what was asked for."""
    cores = cpu or (CPU_OF_GPU * gpu_count if gpus else 0)
    mebibytes = memory or (MEMORY_OF_GPU * gpu_count if gpus else 0)
    return Need(choices(gpus, gpu_count), gpu_count, max(cores, LEAST_CPU), max(mebibytes, LEAST_MEMORY))


def needs(environment: Environment) -> dict[str, Need]:
    """What the sandboxes of one sample hold, by name, the agent's own first."""
    found = {"default": need(environment.gpu, environment.gpu_count, environment.cpu, environment.memory)}
    return found | {scoped.name: need(scoped.gpu) for scoped in environment.scoped}


def cost(need: Need, gpu: str | None, seconds: float, rates: Rates) -> Cost:
    """What a sandbox costs that lives for some seconds.

    Modal bills cores and memory that are used beyond what is reserved as well; only what is reserved is known here.

    Args:
        need: What it holds.
        gpu: The type that it got; None for none.
        seconds: How long it lives.
        rates: Dollars per hour.
    """

    def of(rate: Decimal | None, amount: float) -> Decimal | None:
        return None if rate is None else rate * Decimal(str(amount)) * Decimal(str(seconds)) / _HOUR

    return Cost(
        gpu=of(rates.gpu(gpu), need.gpu_count) if gpu else Decimal(0),
        cpu=of(rates.cpu(), need.cpu),
        memory=of(rates.memory(), need.memory / 1024),
    )


def at_most(need: Need, seconds: float, rates: Rates) -> Cost:
    """The same for the dearest of the types that it may get; unknown if the rate of one is."""
    costs = [cost(need, gpu, seconds, rates) for gpu in need.gpus or (None,)]
    unknown = next((each for each in costs if each.gpu is None), None)
    return unknown or max(costs, key=lambda each: each.gpu or 0)


def added(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """A sum of dollars, None if one of them is unknown."""
    total = Decimal(0)
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total


def record(cost: Cost, need: Need, gpu: str | None, seconds: float, rates: Rates) -> dict[str, Any]:
    """What the log of a sample says of a sandbox: seconds, dollars to six places, and by which rates."""
    parts = {"gpu": cost.gpu, "cpu": cost.cpu, "memory": cost.memory, "total": cost.total}
    return {
        "gpu": gpu,
        "gpu_count": need.gpu_count if gpu else 0,
        "cpu": need.cpu,
        "memory": need.memory,
        "seconds": round(seconds, 3),
        "dollars": {name: None if part is None else round(float(part), 6) for name, part in parts.items()},
        "rates": str(rates),
        "estimate": "seconds times rates of what is reserved; the bill is Modal's",
    }
