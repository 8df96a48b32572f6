"""Serves the functions of the modules in the library on a unix socket, in the kernel's process.

One JSON object per connection, for `carry.py` to carry: `{"function": signature, "arguments": {…}, "timeout":
seconds}`; the answer is `{"text": …, "images": […]}` or `{"error": {"type": …, "message": …}}`. A call runs on the
kernel's main thread between cells, so that it never sees a model in the middle of one.
"""

import asyncio
import contextlib
import importlib
import inspect
import json
import signal
import socket
import sys
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from ..private_socket import listen
from . import client
from .arguments import ArgumentsRefused, bind
from .expose import MARK
from .interface import handle, pairs
from .rendering import render

MAX_IMAGE_BYTES = 6 * 2**20
"""Of all images of one answer, in base64; a command can carry 10 MiB."""
_GRACE = 3.0
"""Seconds that an interrupted call gets to end."""

Error = dict[str, dict[str, str]]


class Functions:
    """The modules of the library, and the models that their functions may be given."""

    def __init__(self, variables: dict[str, object], models: list[dict[str, Any]]) -> None:
        self._pairs = pairs(variables, models)
        self._handles: dict[str, Any] = {}

    def prepare(self, function: dict[str, Any], arguments: dict[str, Any]) -> Callable[[], Any]:
        """A call, checked and ready to run.

        Raises:
            ArgumentsRefused: There is no such function, or the arguments do not fit it.
        """
        found = getattr(importlib.import_module(function["module"]), function["name"], None)
        if not getattr(found, MARK, False):
            raise ArgumentsRefused(f"module {function['module']!r} exposes no function {function['name']!r}")
        assert callable(found)
        positional, named = bind(function, arguments, self._model, next(iter(self._pairs), "model"))
        return lambda: found(*positional, **named)

    def _model(self, name: str) -> Any:
        if name not in self._pairs:
            available = ", ".join(self._pairs) or "none"
            raise ArgumentsRefused(f"no model {name[:80]!r} is loaded in this kernel; available: {available}")
        if name not in self._handles:
            self._handles[name] = handle(*self._pairs[name])
        return self._handles[name]


class Job:
    """One call on its way to the main thread and back."""

    def __init__(self, functions: Functions, request: dict[str, Any]) -> None:
        self.timeout = float(request["timeout"])
        self.answer: dict[str, Any] = {}
        self._functions = functions
        self._request = request
        self._lock = threading.Lock()
        self._started = threading.Event()
        self._done = threading.Event()
        self._withdrawn = False

    async def run(self) -> None:
        """Run the call, on the main thread."""
        with self._lock:
            if self._withdrawn:
                return
            self._started.set()
        try:
            with _interruptible():
                result = self._functions.prepare(self._request["function"], self._request["arguments"])()
            if inspect.isawaitable(result):
                result = await asyncio.wait_for(result, self.timeout)
            self.answer = _bounded(render(result))
        except KeyboardInterrupt:
            self.answer = self._too_long()
        except BaseException as error:  # also SystemExit: whatever happens, nobody may wait for ever
            self.answer = _error(type(error).__name__, str(error))
        finally:
            self._done.set()

    def wait(self) -> dict[str, Any]:
        """The answer, once there is one; the time limit counts from the start, and once more for the wait before."""
        if not self._started.wait(self.timeout):
            with self._lock:
                self._withdrawn = not self._started.is_set()
            if self._withdrawn:
                return _error(
                    "TimeoutError",
                    f"a cell has been running for {self.timeout:g} seconds, so the function was not called; "
                    "wait for the cell, or interrupt it",
                )
        if not self._done.wait(self.timeout):
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            self._done.wait(_GRACE)
        return self.answer if self._done.is_set() else self._too_long()

    def _too_long(self) -> Error:
        return _error("TimeoutError", f"the function took longer than {self.timeout:g} seconds and was interrupted")


@contextlib.contextmanager
def _interruptible() -> Any:
    """Let an interrupt end the call; between cells the kernel ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _error(kind: str, message: str) -> Error:
    return {"error": {"type": kind, "message": message[:4000]}}


def _bounded(answer: dict[str, Any]) -> dict[str, Any]:
    images: list[str] = []
    for image in answer["images"]:
        if sum(map(len, images)) + len(image) <= MAX_IMAGE_BYTES:
            images.append(image)
    return {**answer, "images": images}


def start(variables: dict[str, object], models: list[dict[str, Any]], options: dict[str, Any]) -> None:
    """Make the library importable, and serve its functions if they are to be served.

    Args:
        variables: The kernel's variables as they were after loading.
        models: The specifications that `models.load` was given.
        options: `library`, its directory; `token`, what this kernel's calls of scoped functions carry; `socket`, where
            to listen. All but the first may be absent.
    """
    # A directory that is not there yet would be forgotten by Python, whatever comes into it later.
    Path(options["library"]).mkdir(parents=True, exist_ok=True)
    sys.path.insert(0, options["library"])
    client.token = options.get("token") or ""
    if not options.get("socket"):
        return
    from tornado.ioloop import IOLoop

    loop = IOLoop.current()
    serve(Functions(variables, models), options["socket"], lambda run: loop.add_callback(run))


def serve(
    functions: Functions, path: str, on_main_thread: Callable[[Callable[[], Coroutine[Any, Any, None]]], None]
) -> None:
    """Listen on `path` and answer from threads; `on_main_thread` has a coroutine run there."""
    listener = listen(path)

    def accept() -> None:
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_converse, args=(connection, functions, on_main_thread), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()


def _converse(
    connection: socket.socket,
    functions: Functions,
    on_main_thread: Callable[[Callable[[], Coroutine[Any, Any, None]]], None],
) -> None:
    with contextlib.suppress(OSError), connection, connection.makefile("rwb") as stream:
        try:
            job = Job(functions, json.loads(stream.readline()))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            answer: dict[str, Any] = _error("ValueError", f"this is no call: {type(error).__name__}")
        else:
            on_main_thread(job.run)
            answer = job.wait()
        stream.write(json.dumps(answer).encode() + b"\n")
