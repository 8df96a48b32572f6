"""Writing a file into a sandbox; and opening files there, which reading does as well."""

import errno
import os
from collections.abc import Mapping

import anyio

from ._errors import unavailable
from ._supervised import Supervised

_SECONDS = 60


async def write_file(supervised: Supervised, path: str, shown: str, contents: bytes) -> None:
    """Write `path`, which errors call `shown`, and the directories it lies in.

    Raises:
        IsADirectoryError: It is a directory.
        PermissionError: Nobody may write it, or it lies on a read-only file system.
    """
    fd = await opened(supervised, {"op": "write", "path": path}, shown)
    try:
        await anyio.to_thread.run_sync(_write_all, fd, contents)
    except OSError as error:
        raise file_error(error.errno or errno.EIO, error.strerror or str(error), shown) from error
    finally:
        os.close(fd)


def _write_all(fd: int, contents: bytes) -> None:
    view = memoryview(contents)
    while view:
        view = view[os.write(fd, view) :]


async def opened(supervised: Supervised, request: Mapping[str, str], shown: str) -> int:
    """Have the supervisor open a file, so that it is found as the sandbox sees it; the descriptor is the caller's.

    Raises:
        OSError: The file could not be opened; the subclass says why.
        TimeoutError: The supervisor did not answer.
        SandboxUnavailableError: The sandbox is not running.
    """
    with await supervised.request(request) as channel:
        with anyio.move_on_after(_SECONDS) as scope:
            answer = await channel.answer()
        if scope.cancelled_caught:
            raise TimeoutError(f"opening {shown} took longer than {_SECONDS} seconds")
        if answer is None:
            raise unavailable(supervised.cause_of_death() or "the process that was to open a file was killed")
        if "errno" in answer:
            raise file_error(answer["errno"], answer.get("message", ""), shown)
        if not channel.has_fd:
            raise unavailable("it did not hand over the file that it was to open")
        return channel.take_fd()


def file_error(number: int, message: str, shown: str) -> OSError:
    """The error for a file, of the class that Inspect's contract names."""
    if number == errno.EROFS:
        number, message = errno.EACCES, "Read-only file system"
    if number == errno.ENOTDIR:
        number = errno.ENOENT
    if number == errno.EISDIR:
        message = "Is a directory"
    return OSError(number, message, shown)
