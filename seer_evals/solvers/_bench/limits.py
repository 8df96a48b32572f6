"""A limit that ends a harness's work, put on record before it does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import anyio
from inspect_ai.util import LimitExceededError

CUT_SHORT = "the time was up, or the run was cancelled"


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
        note(CUT_SHORT)
        raise
