"""How long an event loop runs nothing but one thing."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_TICK = 0.001


class Stall:
    """Asks an event loop for the time again and again; `longest` is the longest that it was late, in seconds."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def watch(self) -> None:
        """Ask until cancelled."""
        while True:
            asked = time.perf_counter()
            await asyncio.sleep(_TICK)
            self.longest = max(self.longest, time.perf_counter() - asked - _TICK)


@asynccontextmanager
async def watched() -> AsyncIterator[Stall]:
    """Watch the running event loop."""
    stall = Stall()
    task = asyncio.create_task(stall.watch())
    try:
        yield stall
        await asyncio.sleep(2 * _TICK)  # what ended just now may have kept it from being noticed
    finally:
        task.cancel()
