"""Reading a file out of a sandbox, as large as it may be and no larger."""

import errno
import os
import stat

import anyio
from inspect_ai.util import OutputLimitExceededError, SandboxEnvironmentLimits

from ._supervised import Supervised
from ._write import file_error, opened

_CHUNK = 1 << 20
_SECONDS = 10


async def read_file(supervised: Supervised, path: str, shown: str) -> bytes:
    """Read `path`, which errors call `shown`; raises what Inspect says, and TimeoutError for what gives nothing."""
    limit = SandboxEnvironmentLimits.MAX_READ_FILE_SIZE
    fd = await opened(supervised, {"op": "read", "path": path}, shown)
    try:
        # One byte more than allowed, to see that there is more.
        status = os.fstat(fd)
        if status.st_size > limit:
            raise OutputLimitExceededError(SandboxEnvironmentLimits.MAX_READ_FILE_SIZE_STR, None)
        if stat.S_ISREG(status.st_mode):
            data = await anyio.to_thread.run_sync(_read_up_to, fd, limit + 1)
        else:
            data = await _read_stream(fd, limit + 1, shown)
    except TimeoutError:
        raise
    except OSError as error:
        raise file_error(error.errno or errno.EIO, error.strerror or str(error), shown) from error
    finally:
        os.close(fd)
    if len(data) > limit:
        raise OutputLimitExceededError(SandboxEnvironmentLimits.MAX_READ_FILE_SIZE_STR, None)
    return data


def _read_up_to(fd: int, most: int) -> bytes:
    data = bytearray()
    while len(data) < most and (chunk := os.read(fd, min(_CHUNK, most - len(data)))):
        data += chunk
    return bytes(data)


async def _read_stream(fd: int, most: int, shown: str) -> bytes:
    data = bytearray()
    with anyio.move_on_after(_SECONDS):
        while len(data) < most:
            try:
                chunk = os.read(fd, min(_CHUNK, most - len(data)))
            except BlockingIOError:
                await anyio.sleep(0.02)
                continue
            if not chunk:
                return bytes(data)
            data += chunk
            await anyio.lowlevel.checkpoint()
        return bytes(data)
    raise TimeoutError(f"reading {shown} took longer than {_SECONDS} seconds; it is not a regular file")
