"""What the sandboxes of a sample may cost at most, before there are any."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from seer_evals.environment import Environment
from seer_evals.sandboxes._config import parts

from . import _snapshots
from ._cost import Need, added, at_most, need, needs
from ._lifetime import lifetime
from ._prepare import LONGEST
from ._rates import Rates


@dataclass(frozen=True)
class Estimate:
    """The sandboxes of one sample."""

    needs: tuple[tuple[str, Need], ...]
    """What each holds, by name, the agent's own first."""
    lifetime: int
    """Seconds that they live at most."""
    at_most: Decimal | None
    """Dollars if all live to their end, each on the dearest GPU that it may get; None if a rate is unknown."""


def estimate(environment: Environment, time_limit: float | None, rates: Rates) -> Estimate:
    """What one sample in an environment starts.

    Args:
        environment: Its laboratory.
        time_limit: Seconds that the sample may take; None for no limit.
        rates: Dollars per hour.
    """
    seconds = lifetime(environment.timeout, time_limit)
    held = needs(environment)
    costs = added(at_most(each, seconds, rates).total for each in held.values())
    return Estimate(tuple(held.items()), seconds, costs)


def to_prepare(environments: Iterable[Environment]) -> int:
    """How many images are still to be prepared for environments, each in a sandbox of its own."""
    found = {_snapshots.key(each) for environment in environments for _, each in parts(environment)}
    return sum(_snapshots.known(content) is None for content in found)


def preparing(rates: Rates) -> Decimal | None:
    """Dollars for preparing one image at most; what Modal charges for building it before is not known."""
    return at_most(need(), LONGEST, rates).total
