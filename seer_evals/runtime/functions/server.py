"""Serves the functions of an interface, in a sandbox that nobody else runs anything in.

    python -P -m seer_runtime.functions.server

Speaks frames with the host on stdin and stdout. The first one brings the interface:

    {"name", "source", "functions", "models", "concurrent"}  ->  {"ready": true} or {"error": …, "trace": …}

and every later one is a call, on a channel of its own:

    {"function", "arguments", "timeout", "as": "value" or "text"}  ->  {"value": …}, {"text", "images"} or {"error": …}

and, from the host only, a request to a model as the target (see `seer_runtime.target.target`):

    {"target": request}  ->  {"answer": …}

An empty header takes a call back. Every few seconds an empty frame on channel 0 says that the process is alive. What
the interface prints goes to stderr.
"""

import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from types import FrameType
from typing import Any

from .arguments import ArgumentsRefused
from .failure import Error, in_words
from .frames import Frame, FrameError, Splitter, frame
from .interface import Interface
from .rendering import render
from .values import CrossingError, encode
from .workers import Call, Workers

AT_ONCE = 16
"""Calls that a concurrent interface runs at the same time."""
BEAT = 2.0
"""Seconds between two signs of life."""
_CHUNK = 1 << 20
_OWN_ERRORS = (ArgumentsRefused, CrossingError, FrameError)


class Connection:
    """The two pipes to the host."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._splitter = Splitter()
        self._lock = threading.Lock()

    def read(self) -> Frame | None:
        """The next frame; None once the host has gone."""
        while (found := self._splitter.next()) is None:
            data = os.read(self._incoming, _CHUNK)
            if not data:
                return None
            self._splitter.feed(data)
        return found

    def write(self, message: Frame) -> None:
        """Send a frame whole, whoever else is sending."""
        data = memoryview(message.pack())
        with self._lock:
            while data:
                data = data[os.write(self._outgoing, data) :]


class Server:
    """Takes calls from the host and answers them as they end."""

    def __init__(self, connection: Connection, interface: Interface, concurrent: bool) -> None:
        self._connection = connection
        self._interface = interface
        self._calls: dict[int, Call] = {}
        self._workers = Workers(AT_ONCE if concurrent else 1, lambda: os._exit(70))

    def serve(self) -> None:
        """Serve until the host goes."""
        threading.Thread(target=self._beat, daemon=True).start()
        while (message := self._connection.read()) is not None:
            if message.header:
                self._take(message)
            elif call := self._calls.pop(message.channel, None):
                self._workers.cut(call)

    def _beat(self) -> None:
        while True:
            self._connection.write(Frame(0))
            time.sleep(BEAT)

    def _take(self, message: Frame) -> None:
        fields = message.fields()
        if "target" in fields:
            threading.Thread(target=self._ask_target, args=(message.channel, fields["target"]), daemon=True).start()
            return

        def run() -> Frame:
            prepared = self._interface.prepare(fields["function"], fields["arguments"], message.payload)
            return _answer(message.channel, prepared(), fields.get("as") == "text")

        def settle(value: Any, error: BaseException | None) -> None:
            self._calls.pop(message.channel, None)
            answer = value if error is None else frame(message.channel, {"error": self._error(error)})
            self._connection.write(answer)

        call = Call(run, settle, float(fields["timeout"]))
        self._calls[message.channel] = call
        self._workers.submit(call)

    def _ask_target(self, channel: int, request: Any) -> None:
        answer = self._interface.ask_target(request)
        try:
            self._connection.write(frame(channel, {"answer": answer}))
        except FrameError as error:
            # Without an answer the host would wait for ever.
            self._connection.write(frame(channel, {"answer": {"error": str(error)}}))

    def _error(self, error: BaseException) -> Error:
        traceback.print_exception(error)
        if isinstance(error, _OWN_ERRORS):
            kind = "TypeError" if not isinstance(error, FrameError) else "ValueError"
            return {"type": kind, "message": str(error)}
        if isinstance(error, TimeoutError) and error.__traceback__ is None:
            return {"type": "TimeoutError", "message": str(error)}
        return in_words(error, self._is_for_the_caller)

    def _is_for_the_caller(self, code: FrameType) -> bool:
        return self._interface.is_own(code)


def _answer(channel: int, value: Any, as_text: bool) -> Frame:
    if as_text and hasattr(value, "savefig"):
        return frame(channel, render(value))
    data, payload = encode(value)
    answer = frame(channel, render(value) if as_text else {"value": data}, b"" if as_text else payload)
    answer.pack()
    return answer


def load(first: Frame) -> tuple[Interface, bool]:
    """The interface that the first frame brings, and whether its calls run at the same time."""
    fields = first.fields()
    interface = Interface(fields["name"], fields["source"], fields["functions"], fields["models"])
    return interface, bool(fields["concurrent"])


def take_streams() -> Connection:
    """Make stdin and stdout the connection's own, and give the rest of the process others."""
    incoming, outgoing = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return Connection(incoming, outgoing)


def main(exit_process: Callable[[int], None] = os._exit) -> None:
    """Serve one interface until the host goes."""
    connection = take_streams()
    first = connection.read()
    if first is None:
        exit_process(0)
        return
    try:
        interface, concurrent = load(first)
    except BaseException as error:  # the host is told everything; it is not the caller
        words = f"{type(error).__name__}: {error}"
        connection.write(frame(first.channel, {"error": words, "trace": traceback.format_exc()[-4000:]}))
        exit_process(1)
        return
    connection.write(frame(first.channel, {"ready": True}))
    Server(connection, interface, concurrent).serve()
    sys.stderr.flush()
    exit_process(0)


if __name__ == "__main__":
    main()
