"""Serves the loaded models as chat models on a unix socket, in the process that holds them.

One JSON object per connection: `{"model": variable name, "adapter": true, "request": {fields of generation.Request}}`;
the answer is the `Completion` as JSON, or `{"error": message}`. Requests that arrive together for one model are
answered as one batch.
"""

import contextlib
import json
import os
import queue
import socket
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from .generation import Completion, Request, generate

MAX_BATCH = 32
BATCH_WINDOW = 0.02
"""Seconds that a batch waits for one more request: about what it takes to start the client that brings it."""


@dataclass
class _Job:
    model: str
    adapter: bool
    request: Request
    answer: "queue.Queue[dict[str, Any]]" = field(default_factory=lambda: queue.Queue(1))


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


def serve(pairs: dict[str, tuple[Any, Any]], socket_path: str, run: Callable[[Callable[[], None]], None]) -> None:
    """Listen on `socket_path` and answer from threads; `run` executes a batch and returns when it is done."""
    Path(socket_path).unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    try:
        listener.bind(socket_path)
    finally:
        os.umask(before)
    listener.listen(128)
    jobs: queue.Queue[_Job] = queue.Queue()
    threading.Thread(target=_accept, args=(listener, pairs, jobs), daemon=True).start()
    threading.Thread(target=_work, args=(pairs, jobs, run), daemon=True).start()


def _pairs(namespace: dict[str, object], models: list[dict[str, Any]]) -> dict[str, tuple[Any, Any]]:
    return {spec["name"]: (namespace[spec["name"]], namespace[spec["tokenizer_name"]]) for spec in models}


def _accept(listener: socket.socket, pairs: dict[str, tuple[Any, Any]], jobs: "queue.Queue[_Job]") -> None:
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_converse, args=(connection, pairs, jobs), daemon=True).start()


def _converse(connection: socket.socket, pairs: dict[str, tuple[Any, Any]], jobs: "queue.Queue[_Job]") -> None:
    with contextlib.suppress(OSError), connection, connection.makefile("rwb") as stream:
        try:
            job = _read_job(stream.readline(), pairs)
        except Exception as error:
            answer = {"error": _in_words(error)}
        else:
            jobs.put(job)
            answer = job.answer.get()
        stream.write(json.dumps(answer).encode() + b"\n")


def _in_words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _read_job(line: bytes, pairs: dict[str, tuple[Any, Any]]) -> _Job:
    message = json.loads(line)
    name = message["model"]
    if name == "default" and "default" not in pairs:
        name = next(iter(pairs), name)
    if name not in pairs:
        raise ValueError(f"no model {name!r} is loaded here; available: {', '.join(pairs) or 'none'}")
    return _Job(name, bool(message.get("adapter", True)), Request(**message["request"]))


def _work(
    pairs: dict[str, tuple[Any, Any]], jobs: "queue.Queue[_Job]", run: Callable[[Callable[[], None]], None]
) -> None:
    while True:
        batch = _collect(jobs)
        for key in {(job.model, job.adapter): None for job in batch}:
            group = [job for job in batch if (job.model, job.adapter) == key]
            run(partial(_answer, pairs, group))


def _collect(jobs: "queue.Queue[_Job]") -> list[_Job]:
    batch = [jobs.get()]
    while len(batch) < MAX_BATCH:
        try:
            batch.append(jobs.get(timeout=BATCH_WINDOW))
        except queue.Empty:
            break
    return batch


def _answer(pairs: dict[str, tuple[Any, Any]], group: list[_Job]) -> None:
    """Answer a batch; if it fails, each request alone, so that a bad one harms only itself."""
    try:
        completions = _complete(pairs, group)
    except BaseException as error:  # also an interrupt: whatever happens, nobody may wait for ever
        if len(group) > 1:
            for job in group:
                _answer(pairs, [job])
        else:
            group[0].answer.put({"error": _in_words(error)})
        return
    for job, completion in zip(group, completions, strict=True):
        job.answer.put(asdict(completion))


def _complete(pairs: dict[str, tuple[Any, Any]], group: list[_Job]) -> list[Completion]:
    model, tokenizer = pairs[group[0].model]
    if group[0].adapter:
        return generate(model, tokenizer, [job.request for job in group])
    if not hasattr(model, "disable_adapter"):
        raise ValueError(f"model {group[0].model!r} has no adapter to switch off")
    with model.disable_adapter():
        return generate(model, tokenizer, [job.request for job in group])
