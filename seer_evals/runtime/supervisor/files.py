"""Opening files for the host: it reads and writes through the descriptor, as the sandbox sees the path."""

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Mapping
from typing import Any

from .channel import Channel


def open_file(channel: Channel, request: Mapping[str, Any]) -> None:
    """Answer with a descriptor of the file that a request names, or with why there is none."""
    opener: Callable[[str], int] = {"read": open_to_read, "write": open_to_write}[request["op"]]
    try:
        fd = opener(request["path"])
    except OSError as error:
        channel.answer({"errno": error.errno, "message": os.strerror(error.errno or errno.EIO)})
    except ValueError as error:
        channel.answer({"errno": errno.EINVAL, "message": str(error)})
    else:
        channel.answer({"opened": True}, fd)
        os.close(fd)


def open_to_read(path: str) -> int:
    """A descriptor of a file to read from."""
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    mode = os.fstat(fd).st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, path)
    # Root may read anything; that a file is readable by nobody is an answer all the same.
    if not mode & 0o444:
        raise PermissionError(errno.EACCES, path)
    return fd


def open_to_write(path: str) -> int:
    """A descriptor of an emptied file to write to, its directories made."""
    os.makedirs(os.path.dirname(path) or "/", exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        if not os.stat(path).st_mode & 0o222:
            raise PermissionError(errno.EACCES, path)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY, 0o644)
