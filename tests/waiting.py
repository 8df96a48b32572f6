"""Tests wait for states."""

import time
from collections.abc import Callable


def comes_about(condition: Callable[[], object], seconds: float) -> bool:
    """Whether it is so within that time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.2)
    return False
