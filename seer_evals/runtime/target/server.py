"""Serves the loaded models as chat models on a unix socket, in the process that holds them.

One JSON object per connection, as in `target.py`, answered by one.
"""

import contextlib
import json
import socket
import threading
from collections.abc import Callable
from typing import Any

from ..private_socket import listen
from .target import Run, Target


def start(namespace: dict[str, object], models: list[dict[str, Any]], socket_path: str) -> None:
    """Serve the models of a kernel from background threads; the models themselves run on the kernel's main thread.

    A request therefore waits until the running cell has finished, or awaits something, and never sees a hook or adapter
    state in the middle of one. What a finished cell left on a model acts on the target, too.

    Args:
        namespace: The kernel's variables as they were after loading.
        models: The specifications that `models.load` was given.
        socket_path: Unix socket to listen on, for this user only.
    """
    from tornado.ioloop import IOLoop

    loop = IOLoop.current()

    def on_main_thread(function: Callable[[], None]) -> None:
        finished = threading.Event()

        def run() -> None:
            try:
                function()
            finally:
                finished.set()

        loop.add_callback(run)
        finished.wait()

    serve(_pairs(namespace, models), socket_path, on_main_thread)


def serve(pairs: dict[str, tuple[Any, Any]], socket_path: str, run: Run) -> None:
    """Listen on `socket_path` and answer from threads; `run` executes a batch and returns when it is done."""
    listener = listen(socket_path)
    threading.Thread(target=_accept, args=(listener, Target(pairs, run)), daemon=True).start()


def _pairs(namespace: dict[str, object], models: list[dict[str, Any]]) -> dict[str, tuple[Any, Any]]:
    return {spec["name"]: (namespace[spec["name"]], namespace[spec["tokenizer_name"]]) for spec in models}


def _accept(listener: socket.socket, target: Target) -> None:
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_converse, args=(connection, target), daemon=True).start()


def _converse(connection: socket.socket, target: Target) -> None:
    with contextlib.suppress(OSError), connection, connection.makefile("rwb") as stream:
        try:
            message = json.loads(stream.readline())
        except (ValueError, RecursionError) as error:
            answer: dict[str, Any] = {"error": f"{type(error).__name__}: {error}"}
        else:
            answer = target.ask(message)
        stream.write(json.dumps(answer).encode() + b"\n")
