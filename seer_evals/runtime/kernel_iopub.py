"""The kernel's output thread, hearing its forked children over a unix socket where ipykernel opens a TCP port."""

import os

from ipykernel.iostream import IOPubThread
from zmq.constants import SocketType
from zmq.eventloop.zmqstream import ZMQStream
from zmq.sugar.context import Context


class LocalIOPubThread(IOPubThread):  # type: ignore[misc]
    """An output thread without a TCP port; set `address` before one is made."""

    address = ""

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
