"""A stop for what sandboxes cost: when it is used up there is no new one. Those that run are left to their end."""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from ._cost import Cost, Need, added, at_most, cost, record
from ._rates import Rates, current, unknown

VARIABLE = "SEER_MODAL_BUDGET"


class BudgetSpent(RuntimeError):
    """No new sandbox is started, since the budget is used up or cannot be kept."""


@dataclass
class _Sandbox:
    need: Need
    gpu: str | None = None
    started: float | None = None
    ended: float | None = None

    def seconds(self, now: float) -> float:
        return 0.0 if self.started is None else (self.ended or now) - self.started


class Budget:
    """What the sandboxes of this process have cost together, and how much that may be.

    Any thread may use it.

    Args:
        limit: Dollars; None for no limit.
        rates: By which seconds become dollars.
        clock: Seconds since some moment.
    """

    def __init__(self, limit: Decimal | None, rates: Rates, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit = limit
        self.rates = rates
        self._clock = clock
        self._sandboxes: dict[str, _Sandbox] = {}
        self._lock = threading.Lock()

    def spent(self) -> Decimal | None:
        """Dollars so far, of sandboxes that run and of those that have ended; None if a rate is unknown."""
        with self._lock:
            return self._spent()

    def check(self, need: Need) -> None:
        """Ask whether there may be a sandbox.

        Raises:
            BudgetSpent: There is to be none.
        """
        with self._lock:
            self._check(need)

    def open(self, name: str, need: Need) -> None:
        """Ask for a sandbox that is about to be started.

        Raises:
            BudgetSpent: There is to be none.
        """
        with self._lock:
            self._check(need)
            self._sandboxes[name] = _Sandbox(need)

    def start(self, name: str, gpu: str | None) -> None:
        """Say that a sandbox runs, and on which type of GPU: Modal bills it from now on."""
        with self._lock:
            if found := self._sandboxes.get(name):
                found.gpu, found.started = gpu, self._clock()

    def end(self, name: str) -> None:
        """Say that a sandbox has ended; the first time counts."""
        with self._lock:
            found = self._sandboxes.get(name)
            if found and found.ended is None:
                found.ended = self._clock()
                found.started = found.ended if found.started is None else found.started

    def record(self, name: str) -> dict[str, Any] | None:
        """What the log of a sample says of a sandbox; None if it was never opened."""
        with self._lock:
            found = self._sandboxes.get(name)
            if found is None:
                return None
            seconds = found.seconds(self._clock())
            return record(self._cost(found), found.need, found.gpu, seconds, self.rates)

    def gpus(self) -> int:
        """How many GPUs the sandboxes of this process hold now."""
        with self._lock:
            running = [each for each in self._sandboxes.values() if each.gpu and each.started and not each.ended]
            return sum(each.need.gpu_count for each in running)

    def _cost(self, sandbox: _Sandbox) -> Cost:
        return cost(sandbox.need, sandbox.gpu, sandbox.seconds(self._clock()), self.rates)

    def _spent(self) -> Decimal | None:
        return added(self._cost(each).total for each in self._sandboxes.values() if each.started is not None)

    def _check(self, need: Need) -> None:
        limit = self.limit
        if limit is None:
            return
        spent = self._spent()
        if spent is None or at_most(need, 1, self.rates).total is None:
            raise BudgetSpent(
                f"{VARIABLE} is {limit} dollars, which cannot be kept: a rate is not known ({self.rates})"
            )
        if spent >= limit:
            raise BudgetSpent(f"the budget is used up: {spent:.2f} of {limit} dollars ({VARIABLE}); nothing is started")


_of_process: Budget | None = None
_beginning = threading.Lock()


def limit() -> Decimal | None:
    """Dollars that the sandboxes of this process may cost; None for no limit.

    Raises:
        ValueError: The variable is not a number of dollars.
    """
    text = os.environ.get(VARIABLE)
    if not text:
        return None
    try:
        dollars = Decimal(text)
    except InvalidOperation:
        dollars = Decimal(-1)
    if not dollars.is_finite() or dollars < 0:
        raise ValueError(f"{VARIABLE} is {text!r}; give a number of dollars, such as 20")
    return dollars


async def begin() -> Budget:
    """The budget of this process, with rates if they can be known.

    Raises:
        ValueError: The variable or the file of rates is wrong.
    """
    begun = budget()
    if not begun.rates.rates:
        begun.rates = await current()
    return begun


def budget() -> Budget:
    """The budget of this process.

    Raises:
        ValueError: The variable is wrong.
    """
    global _of_process
    with _beginning:
        if _of_process is None:
            _of_process = Budget(limit(), unknown("nobody has asked for them"))
        return _of_process


def forget() -> None:
    """Begin anew, as in another process."""
    global _of_process
    _of_process = None
