"""One file, out of the sandbox over stdout or into it over stdin."""

import errno
import json
import os
import select
import stat
import sys
from typing import Any

from ..supervisor.files import open_to_read, open_to_write
from .remarks import leave_with

_CHUNK = 1 << 20
_STREAM_SECONDS = 10


def main() -> None:
    """Carry the file `path`; options are `token`, `op` (`read` or `write`), and for reading `limit` in bytes."""
    options: dict[str, Any] = json.loads(sys.argv[1])
    token = options["token"]
    try:
        if options["op"] == "read":
            _read(token, options["path"], options["limit"])
        else:
            _write(options["path"])
    except OSError as error:
        number = error.errno or errno.EIO
        leave_with(token, errno=number, message=os.strerror(number))
    except ValueError as error:
        leave_with(token, errno=errno.EINVAL, message=str(error))
    os._exit(0)


def _read(token: str, path: str, limit: int) -> None:
    fd = open_to_read(path)
    status = os.fstat(fd)
    if status.st_size > limit:
        leave_with(token, error="limit")
    regular = stat.S_ISREG(status.st_mode)
    sent = 0
    while True:
        if not regular and not select.select([fd], [], [], _STREAM_SECONDS)[0]:
            leave_with(token, error="timeout")
        chunk = os.read(fd, _CHUNK)
        if not chunk:
            return
        sent += len(chunk)
        if sent > limit:
            leave_with(token, error="limit")
        _write_all(1, chunk)


def _write(path: str) -> None:
    fd = open_to_write(path)
    while chunk := os.read(0, _CHUNK):
        _write_all(fd, chunk)
    os.close(fd)


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
