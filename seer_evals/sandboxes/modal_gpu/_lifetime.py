"""How long a sandbox may live, whatever happens."""

from . import _settings

SCORING = 1800
"""Seconds that a sandbox may outlive its sample's time limit, for the scorers."""


def lifetime(timeout: int | None, time_limit: float | None) -> int:
    """Seconds after which a sandbox ends.

    Args:
        timeout: What the environment says, which decides.
        time_limit: What the sample may take.
    """
    if timeout:
        return timeout
    return min(int(time_limit) + SCORING, _settings.LONGEST) if time_limit else _settings.LONGEST
