"""Carries calls from processes in the agent's sandbox to the host, which holds this process by its stdin and stdout.

    python -I -S -c "…; from seer_runtime.functions.broker import main; main()" <socket>

A connection to the socket sends one frame and receives one. To the host the frame goes with the connection's number as
its channel, once it is complete; a frame with an empty header says that the connection is gone. The host answers on the
same channel. It knows no token and no function: who may call what is decided on the host.
"""

import contextlib
import os
import selectors
import socket
import sys
import time
from typing import Any

from ..private_socket import listen
from .frames import Frame, FrameError, Splitter, frame

MAX_CONNECTIONS = 256
READ_SECONDS = 60.0
"""A connection that has not sent its frame by then is closed."""
_CHUNK = 1 << 20
_BACKLOG = 64 << 20
"""Bytes on their way to the host beyond which no more are read."""


class _Peer:
    """A connection from inside the sandbox."""

    def __init__(self, connection: socket.socket, number: int) -> None:
        self.connection = connection
        self.number = number
        self.splitter = Splitter()
        self.asked = False
        self.out = bytearray()
        self.answered = False
        self.since = time.monotonic()


class Broker:
    """One thread that moves bytes between many connections and two pipes."""

    def __init__(self, listener: socket.socket, incoming: int, outgoing: int) -> None:
        self._listener = listener
        self._incoming = incoming
        self._outgoing = outgoing
        self._from_host = Splitter()
        self._to_host = bytearray()
        self._peers: dict[int, _Peer] = {}
        self._last = 0
        self._selector = selectors.DefaultSelector()
        for fd in (incoming, outgoing):
            os.set_blocking(fd, False)
        listener.setblocking(False)
        self._selector.register(listener, selectors.EVENT_READ)
        self._selector.register(incoming, selectors.EVENT_READ)

    def run(self) -> None:
        """Carry until the host lets go."""
        while True:
            for key, events in self._selector.select(READ_SECONDS / 4):
                if key.fileobj == self._incoming:
                    if not self._hear_host():
                        return
                elif key.fileobj == self._outgoing:
                    self._tell_host()
                elif key.fileobj is self._listener:
                    self._accept()
                else:
                    self._serve(key.data, events)
            self._close_idle()

    # --- the host ---------------------------------------------------------------------------------------------------

    def _hear_host(self) -> bool:
        with contextlib.suppress(BlockingIOError):
            data = os.read(self._incoming, _CHUNK)
            if not data:
                return False
            self._from_host.feed(data)
        while (message := self._from_host.next()) is not None:
            if (peer := self._peers.get(message.channel)) is not None:
                self._answer(peer, message)
        return True

    def _send(self, message: Frame) -> None:
        if not self._to_host:
            self._selector.register(self._outgoing, selectors.EVENT_WRITE)
        self._to_host += message.pack()

    def _tell_host(self) -> None:
        with contextlib.suppress(BlockingIOError):
            written = os.write(self._outgoing, memoryview(self._to_host)[:_CHUNK].toreadonly())
            del self._to_host[:written]
        if not self._to_host:
            self._selector.unregister(self._outgoing)

    # --- connections ------------------------------------------------------------------------------------------------

    def _accept(self) -> None:
        connection, _ = self._listener.accept()
        connection.setblocking(False)
        self._last = self._last % (2**32 - 1) + 1
        if len(self._peers) >= MAX_CONNECTIONS or self._last in self._peers:
            connection.close()
            return
        peer = self._peers[self._last] = _Peer(connection, self._last)
        self._selector.register(connection, selectors.EVENT_READ, peer)

    def _serve(self, peer: _Peer, events: int) -> None:
        try:
            if events & selectors.EVENT_WRITE:
                self._write(peer)
            elif len(self._to_host) < _BACKLOG:
                self._read(peer)
            else:
                time.sleep(0.001)
        except OSError:
            self._close(peer)

    def _read(self, peer: _Peer) -> None:
        data = peer.connection.recv(_CHUNK)
        if not data or peer.asked:
            # Nothing may follow the frame; whoever closes does not want the answer any more.
            self._close(peer)
            return
        peer.splitter.feed(data)
        try:
            message = peer.splitter.next()
        except FrameError as error:
            self._refuse(peer, str(error))
            return
        if message is not None and not peer.splitter.partial:
            peer.asked = True
            self._send(Frame(peer.number, message.header or b"{}", message.payload))
        elif message is not None:
            self._close(peer)

    def _refuse(self, peer: _Peer, message: str) -> None:
        with contextlib.suppress(OSError):
            while peer.connection.recv(_CHUNK):
                pass
        self._answer(peer, frame(0, {"error": {"type": "ValueError", "message": message}}))

    def _answer(self, peer: _Peer, message: Frame) -> None:
        peer.answered = True
        peer.out += message.pack()
        self._selector.modify(peer.connection, selectors.EVENT_WRITE, peer)

    def _write(self, peer: _Peer) -> None:
        sent = peer.connection.send(memoryview(peer.out)[:_CHUNK].toreadonly())
        del peer.out[:sent]
        if not peer.out:
            self._close(peer)

    def _close(self, peer: _Peer) -> None:
        del self._peers[peer.number]
        self._selector.unregister(peer.connection)
        peer.connection.close()
        if peer.asked and not peer.answered:
            self._send(Frame(peer.number))

    def _close_idle(self) -> None:
        for peer in list(self._peers.values()):
            if not peer.asked and not peer.out and time.monotonic() - peer.since > READ_SECONDS:
                self._close(peer)


def main(arguments: Any = None) -> None:
    """Serve the socket that argv names until the host lets go."""
    (path,) = arguments or sys.argv[1:]
    broker = Broker(listen(path), 0, 1)
    broker._send(Frame(0))
    broker.run()


if __name__ == "__main__":
    main()
