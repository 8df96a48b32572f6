"""Holds a process for a host that can only run commands: starts it, and serves its streams on a unix socket.

    python -P -m seer_runtime.functions.held <socket> <command> …

returns once the socket listens. Requests are JSON lines, one per connection, for `carry.py` to carry:

    {"op": "send", "data": base64}      -> {"ok": true}, or {"ended": true}
    {"op": "receive", "wait": seconds}  -> {"data": base64, "ended": …, "errors": text}
    {"op": "close"}                     -> {"ok": true}, when the process is dead
"""

import base64
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from typing import Any

from ..private_socket import listen

AT_ONCE = 4 * 2**20
"""Bytes of output in one answer."""
_CHUNK = 1 << 18
_BACKLOG = 64 * 2**20
_ERRORS = 64 * 1024


class Held:
    """One process, with its output buffered until it is asked for."""

    def __init__(self, command: list[str]) -> None:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0, start_new_session=True
        )
        self._out = bytearray()
        self._errors = b""
        self._ended = False
        self._changed = threading.Condition()
        self._sending = threading.Lock()
        for target in (self._read_out, self._read_errors):
            threading.Thread(target=target, daemon=True).start()

    def _read_out(self) -> None:
        assert self._process.stdout is not None
        while data := self._process.stdout.read(_CHUNK):
            with self._changed:
                self._out += data
                self._changed.notify_all()
                self._changed.wait_for(lambda: len(self._out) < _BACKLOG)
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _read_errors(self) -> None:
        assert self._process.stderr is not None
        while data := self._process.stderr.read(_CHUNK):
            self._errors = (self._errors + data)[-_ERRORS:]

    def send(self, data: bytes) -> dict[str, Any]:
        """Write to its stdin."""
        assert self._process.stdin is not None
        view = memoryview(data)
        try:
            with self._sending:
                while view:
                    view = view[self._process.stdin.write(view) or 0 :]
        except BrokenPipeError:
            return {"ended": True}
        return {"ok": True}

    def receive(self, wait: float) -> dict[str, Any]:
        """What it has written since the last time, waiting for something at most `wait` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._out or self._ended, wait)
            data = bytes(self._out[:AT_ONCE])
            del self._out[:AT_ONCE]
            self._changed.notify_all()
        ended = self._ended and not data
        text = self._errors.decode("utf-8", "replace") if ended else ""
        return {"data": base64.b64encode(data).decode(), "ended": ended, "errors": text}

    def close(self) -> dict[str, Any]:
        """Kill it and its process group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        return {"ok": True}


def answer(held: Held, request: dict[str, Any]) -> dict[str, Any]:
    """Serve one request."""
    if request["op"] == "send":
        return held.send(base64.b64decode(request["data"]))
    if request["op"] == "receive":
        return held.receive(request["wait"])
    return held.close()


def _converse(connection: socket.socket, held: Held, path: str) -> None:
    with contextlib.suppress(OSError, ValueError, KeyError), connection, connection.makefile("rwb") as stream:
        request = json.loads(stream.readline())
        stream.write(json.dumps(answer(held, request)).encode() + b"\n")
        stream.flush()
        if request["op"] == "close":
            os.unlink(path)
            os._exit(0)


def _detach() -> None:
    """Live on without the command that started this."""
    if os.fork():
        os._exit(0)
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for fd in range(3):
        os.dup2(nothing, fd)


def main() -> None:
    """Start the command of argv and serve it until it is closed."""
    path, *command = sys.argv[1:]
    listener = listen(path)
    _detach()
    held = Held(command)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_converse, args=(connection, held, path), daemon=True).start()


if __name__ == "__main__":
    main()
