"""What a target refuses to do."""

from collections.abc import Awaitable

import pytest

from seer_evals.targets import TargetError


async def error_of(call: Awaitable[object]) -> str:
    """The message of the error that a call ends with."""
    with pytest.raises(TargetError) as caught:
        await call
    return str(caught.value)
