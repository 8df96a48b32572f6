"""The protocol, as seen from inside: messages with descriptors, and the channel of one request."""

import array
import contextlib
import json
import socket
import struct
from collections.abc import Mapping
from typing import Any

_MAX_FDS = 8


def receive(control: socket.socket) -> tuple[bytes, list[int]]:
    """The next message (empty once the other side has gone) and the descriptors that came with it."""
    fds = array.array("i")
    space = socket.CMSG_SPACE(_MAX_FDS * fds.itemsize)
    # MSG_CMSG_CLOEXEC (Linux), which the socket module does not name: no command may inherit another one's pipes.
    message, ancillary, _, _ = control.recvmsg(1, space, 0x40000000)
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(data[: len(data) - len(data) % fds.itemsize])
    return message, list(fds)


class Channel:
    """The socket that one request and its answers go over."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._connection.setblocking(True)

    def fileno(self) -> int:
        """The descriptor, for `poll`: there is something on it once the host has let go."""
        return self._connection.fileno()

    def request(self) -> dict[str, Any]:
        """Read what the host asks for.

        Raises:
            EOFError: It has withdrawn the request.
        """
        (length,) = struct.unpack("!I", self._read(4))
        request: dict[str, Any] = json.loads(self._read(length))
        return request

    def _read(self, length: int) -> bytes:
        data = bytearray()
        while len(data) < length:
            chunk = self._connection.recv(min(length - len(data), 1 << 20))
            if not chunk:
                raise EOFError("the host has withdrawn its request")
            data += chunk
        return bytes(data)

    def answer(self, answer: Mapping[str, Any], fd: int | None = None) -> None:
        """Send one answer, with a descriptor if there is one to hand over."""
        line = json.dumps(answer).encode() + b"\n"
        rights = [] if fd is None else [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("i", fd))]
        # A host that has stopped listening must not end the keeper: it still has output to drain.
        with contextlib.suppress(OSError):
            self._connection.sendmsg([line], rights)

    def wait_for_the_end(self) -> None:
        """Wait until the host lets go."""
        with contextlib.suppress(OSError):
            while self._connection.recv(1):
                pass

    def close(self) -> None:
        """Close the socket."""
        self._connection.close()

    def __enter__(self) -> "Channel":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
