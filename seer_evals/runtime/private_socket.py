"""Unix sockets that nobody else on the machine can connect to."""

import contextlib
import os
import socket

WAITING = 256
"""Connections that may wait to be accepted."""


def listen(path: str) -> socket.socket:
    """A socket at `path` that only this user can connect to; what lay there is removed."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    listener = socket.socket(socket.AF_UNIX)
    # Set before the file is there: between a bind and a chmod anyone could connect.
    before = os.umask(0o177)
    try:
        listener.bind(path)
    finally:
        os.umask(before)
    listener.listen(WAITING)
    return listener
