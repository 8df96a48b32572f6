"""The kernel's output thread: text keeps its place among other messages, and a slow reader slows it down.

It hears forked children over a unix socket where ipykernel opens a TCP port.
"""

import os
import threading
from collections.abc import Callable
from typing import Any

from ipykernel.iostream import IOPubThread
from zmq.constants import SocketOption, SocketType
from zmq.eventloop.zmqstream import ZMQStream
from zmq.sugar.context import Context

from .outbox import Header, Outbox, Part

BACKLOG = 200
"""Messages that may wait for the reader before the output thread waits for it, too."""


class _Direct:
    """The output socket for use in the output thread itself."""

    def __init__(self, send: Callable[..., None]) -> None:
        self.send_multipart = send


class LocalIOPubThread(IOPubThread):  # type: ignore[misc]
    """An output thread without a TCP port; set `address` before one is made."""

    address = ""

    def __init__(self, socket: Any, pipe: bool = False, session: Any = False) -> None:
        socket.setsockopt(SocketOption.XPUB_NODROP, 1)  # wait for a slow reader
        super().__init__(socket, pipe, session)
        self.outbox = Outbox(self)
        self._direct = _Direct(self._really_send)
        os.register_at_fork(after_in_child=self.outbox.reset)

    @property
    def is_current(self) -> bool:
        """The caller runs in the thread, or there is none."""
        return not self.thread.is_alive() or self.thread is threading.current_thread()

    def call_later(self, seconds: float, function: Callable[[], None]) -> None:
        """Have something done in the thread in some time; called in the thread."""
        self.io_loop.call_later(seconds, function)

    def publish(self, header: Header, parts: list[Part]) -> None:
        """Send what a cell has written, as Jupyter's `stream` message if it can say it; called in the thread."""
        self.session.pid = os.getpid()  # or the session takes this thread for a forked child
        (name, text, dropped), *others = parts
        if others or dropped:
            self.session.send(self._direct, "streams", {"parts": parts}, parent=header, ident=b"streams")
        else:
            content = {"name": name, "text": text}
            self.session.send(self._direct, "stream", content, parent=header, ident=f"stream.{name}".encode())

    def send_multipart(self, *args: Any, **kwargs: Any) -> None:
        """Schedule a message, after the text that was written before it."""
        self.outbox.post()
        super().send_multipart(*args, **kwargs)
        if len(self._events) > BACKLOG:
            self.outbox.flush_now()

    def _setup_pipe_in(self) -> None:
        self._pipe_uuid = os.urandom(16)
        pipe = self.socket.context.socket(SocketType.PULL)
        pipe.linger = 0
        pipe.bind(self.address)
        self._pipe_in = ZMQStream(pipe, self.io_loop)
        self._pipe_in.on_recv(self._handle_pipe_msg)

    def _setup_pipe_out(self) -> tuple[object, object]:
        context = Context()  # a child needs its own
        pipe = context.socket(SocketType.PUSH)
        pipe.linger = 3000
        pipe.connect(self.address)
        return context, pipe
