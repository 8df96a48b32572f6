"""Inspect's limits: which of them ended a piece of work, and that being noted before it takes its course."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import anyio
from inspect_ai.util import LimitExceededError, sample_limits

CUT_SHORT = "the run was cancelled"


def limit_in(error: BaseException) -> LimitExceededError | None:
    """The limit that an error is or contains; tasks that run side by side fail as a group."""
    if isinstance(error, LimitExceededError):
        return error
    if isinstance(error, BaseExceptionGroup):
        return next((found for each in error.exceptions if (found := limit_in(each))), None)
    return None


def time_is_up() -> str:
    """Which of the limits on time was exceeded, in words; they end a sample by cancelling it."""
    limits = sample_limits()
    for name, limit in (("time", limits.time), ("working", limits.working)):
        if limit.remaining is not None and limit.remaining <= 0:
            return f"Exceeded {name} limit: {limit.limit:g} seconds"
    return ""


def time_left() -> float | None:
    """Seconds that the sample has left; None where its time is not limited."""
    limits = sample_limits()
    left = [limit.remaining for limit in (limits.time, limits.working) if limit.remaining is not None]
    return max(0.0, min(left)) if left else None


def minutes(seconds: float) -> str:
    """A time in words."""
    return f"{seconds / 60:.0f} min" if seconds >= 600 else f"{seconds:.0f} s"


@contextmanager
def limits_noted(note: Callable[[str], None]) -> Iterator[None]:
    """Whatever limit ends the work within, `note` is told which; it then takes its course.

    Args:
        note: Takes the limit in words. It must not wait for anything: limits on time end a sample by cancelling it.
    """
    try:
        yield
    except LimitExceededError as limit:
        note(limit.message)
        raise
    except anyio.get_cancelled_exc_class():
        note(time_is_up() or CUT_SHORT)
        raise
