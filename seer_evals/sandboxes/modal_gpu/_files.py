"""Reading and writing files in a sandbox."""

import errno
import os

from inspect_ai.util import OutputLimitExceededError, SandboxEnvironmentLimits

from ._exec import Ended, carry_out
from ._remote import Remote, request

_SECONDS = 600
_WORDS = 64 * 1024
"""Bytes kept of what a transfer writes beside the file: its remark."""


async def read_file(remote: Remote, path: str, shown: str) -> bytes:
    """Read `path`, which errors call `shown`; raises what Inspect says, and TimeoutError for what gives nothing."""
    limit = SandboxEnvironmentLimits.MAX_READ_FILE_SIZE
    asked = request(remote.layout.python, "transfer", {"op": "read", "path": path, "limit": limit})
    ended = await carry_out(remote, asked, None, limit + _WORDS, _SECONDS)
    if ended.remark.get("error") == "limit":
        raise OutputLimitExceededError(SandboxEnvironmentLimits.MAX_READ_FILE_SIZE_STR, None)
    _check(ended, "reading", shown)
    return bytes(ended.out.data)


async def write_file(remote: Remote, path: str, shown: str, contents: bytes) -> None:
    """Write `path`, which errors call `shown`, and the directories it lies in.

    Raises:
        IsADirectoryError: It is a directory.
        PermissionError: Nobody may write it, or it lies on a read-only file system.
    """
    asked = request(remote.layout.python, "transfer", {"op": "write", "path": path})
    ended = await carry_out(remote, asked, contents, _WORDS, _SECONDS)
    _check(ended, "writing", shown)


def _check(ended: Ended, doing: str, shown: str) -> None:
    if ended.remark.get("error") == "timeout":
        raise TimeoutError(f"{doing} {shown} took too long; is it a regular file?")
    if "errno" in ended.remark:
        raise _file_error(ended.remark["errno"], ended.remark.get("message", ""), shown)
    if ended.code != 0:
        words = ended.err.text().strip()[-400:]
        raise OSError(errno.EIO, f"{doing} it failed with status {ended.code}: {words}", shown)


def _file_error(number: int, message: str, shown: str) -> OSError:
    """The error for a file, of the class that Inspect's contract names."""
    if number == errno.EROFS:
        number, message = errno.EACCES, "Read-only file system"
    if number == errno.ENOTDIR:
        number, message = errno.ENOENT, os.strerror(errno.ENOENT)
    if number == errno.EISDIR:
        message = "Is a directory"
    return OSError(number, message, shown)
