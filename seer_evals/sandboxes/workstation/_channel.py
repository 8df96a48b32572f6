"""The host's side of the protocol of `runtime/supervisor`: one channel per request."""

import array
import contextlib
import json
import os
import socket
import struct
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import anyio

from seer_evals.runtime.untrusted import NotPlain
from seer_evals.sandboxes._remarks import MAX_BYTES, remark_in

from ._errors import unavailable


class Channel:
    """A request to the supervisor of a sandbox, and its answers."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = b""
        self._fds: list[int] = []

    @classmethod
    async def open(cls, control: socket.socket, request: Mapping[str, Any], fds: Sequence[int] = ()) -> Self:
        """Send a request, and descriptors with it.

        Raises:
            SandboxUnavailableError: Nobody listens at the other end.
        """
        ours, theirs = socket.socketpair()
        channel = cls(ours)
        try:
            ours.setblocking(False)
            with theirs:
                await _send(control, b"r", [theirs.fileno(), *fds])
            body = json.dumps(request).encode()
            await _send_all(ours, struct.pack("!I", len(body)) + body)
        except OSError as error:
            channel.close()
            raise unavailable(f"its supervisor does not answer ({error.strerror})") from error
        except BaseException:
            channel.close()
            raise
        return channel

    async def answer(self) -> dict[str, Any] | None:
        """The next answer; None once the other end is gone, or is none of ours."""
        while b"\n" not in self._buffer:
            if len(self._buffer) > MAX_BYTES:
                return None
            try:
                data = self._receive()
            except BlockingIOError:
                await anyio.wait_readable(self._connection)
                continue
            except OSError:
                return None
            if not data:
                return None
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        try:
            return remark_in(line)
        except NotPlain:
            return None

    @property
    def has_fd(self) -> bool:
        """A descriptor came with an answer."""
        return bool(self._fds)

    def take_fd(self) -> int:
        """The descriptor that came with an answer; it is the caller's to close."""
        return self._fds.pop(0)

    def _receive(self) -> bytes:
        fds = array.array("i")
        data, ancillary, _, _ = self._connection.recvmsg(
            1 << 16, socket.CMSG_SPACE(4 * fds.itemsize), socket.MSG_CMSG_CLOEXEC
        )
        for level, kind, payload in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                fds.frombytes(payload[: len(payload) - len(payload) % fds.itemsize])
        self._fds.extend(fds)
        return data

    def close(self) -> None:
        """Let go of the request, and of descriptors that nobody took."""
        self._connection.close()
        while self._fds:
            with contextlib.suppress(OSError):
                os.close(self._fds.pop())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


async def _send(control: socket.socket, message: bytes, fds: Sequence[int]) -> None:
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))]
    while True:
        try:
            control.sendmsg([message], rights, socket.MSG_NOSIGNAL)
            return
        except BlockingIOError:
            await anyio.wait_writable(control)


async def _send_all(connection: socket.socket, data: bytes) -> None:
    view = memoryview(data)
    while view:
        try:
            view = view[connection.send(view, socket.MSG_NOSIGNAL) :]
        except BlockingIOError:
            await anyio.wait_writable(connection)
