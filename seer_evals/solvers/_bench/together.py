"""Many things at once, with an end that can be told."""

from collections.abc import Awaitable
from typing import TypeVar

from inspect_ai.util import collect

from seer_evals.solvers._bench.limits import limit_in

T = TypeVar("T")


async def together(*work: Awaitable[T]) -> list[T]:
    """Inspect's `collect`, where several of them may exceed a limit at the same time.

    Raises:
        LimitExceededError: In place of the group that a task group makes of more than one.
        BaseExceptionGroup: Several failed in another way.
    """
    try:
        return await collect(*work)
    except BaseExceptionGroup as group:
        if limit := limit_in(group):
            raise limit from None
        raise
