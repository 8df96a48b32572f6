"""Which of Inspect's limits ended a run."""

from inspect_ai.util import LimitExceededError, sample_limits


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
