"""Many things at once, with an end that can be told."""

from collections.abc import Awaitable
from typing import TypeVar

from inspect_ai.util import LimitExceededError, collect

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
        if limit := _first_limit(group):
            raise limit from None
        raise


def _first_limit(group: BaseExceptionGroup[BaseException]) -> LimitExceededError | None:
    for error in group.exceptions:
        if isinstance(error, LimitExceededError):
            return error
        if isinstance(error, BaseExceptionGroup) and (found := _first_limit(error)):
            return found
    return None
