"""Work that is done by one process of this machine at a time, and is anybody's again when that process dies."""

import contextlib
import fcntl
from collections.abc import AsyncIterator
from pathlib import Path

import anyio

_PAUSE = 0.5


@contextlib.asynccontextmanager
async def locked(path: Path) -> AsyncIterator[None]:
    """Wait until nobody else is in here with the same file, in this process or another."""
    with path.open("a") as file:
        while not _taken(file.fileno()):
            await anyio.sleep(_PAUSE)
        yield


def _taken(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
