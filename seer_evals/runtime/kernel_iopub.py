"""The kernel's output thread, hearing its forked children over a unix socket where ipykernel opens a TCP port."""

import os

import zmq
from ipykernel.iostream import IOPubThread
from zmq.eventloop.zmqstream import ZMQStream


class LocalIOPubThread(IOPubThread):  # type: ignore[misc]
    """An output thread without a TCP port; set `address` before one is made."""

    address = ""

    def _setup_pipe_in(self) -> None:
        self._pipe_uuid = os.urandom(16)
        pipe = self.socket.context.socket(zmq.PULL)
        pipe.linger = 0
        pipe.bind(self.address)
        self._pipe_in = ZMQStream(pipe, self.io_loop)
        self._pipe_in.on_recv(self._handle_pipe_msg)

    def _setup_pipe_out(self) -> tuple[object, object]:
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        pipe = context.socket(zmq.PUSH)
        pipe.linger = 3000
        pipe.connect(self.address)
        return context, pipe
