"""Parameters of a task that are refused before the first sample starts."""

from collections.abc import Iterator
from contextlib import contextmanager

from seer_evals.plain_text import Refusal


@contextmanager
def refused_before_start() -> Iterator[None]:
    """Turn a refused value into the plain message that Inspect prints without a traceback."""
    try:
        yield
    except ValueError as error:
        raise Refusal(error) from error
