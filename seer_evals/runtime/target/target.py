"""The loaded models as chat models: requests that arrive together for one model are answered as one batch.

A request is `{"model": variable name, "adapter": true, "steering": [], "request": {fields of generation.Request}}`; the
answer is the `Completion` as a dictionary, or `{"error": message}`. Steering is a list of `{"vector": name, "strength":
share}`: directions of `LanguageModel.vectors`, added after their layer at every token, as long as `share` of the
token's own residual stream.
"""

import contextlib
import queue
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

from ..models.generation import Completion, Request, generate

MAX_BATCH = 32
BATCH_WINDOW = 0.02
"""Seconds that a batch waits for one more request: about what it takes to start the client that brings it."""

Run = Callable[[Callable[[], None]], None]
"""Executes a batch where it may touch the models, and returns when it is done."""


@dataclass
class _Job:
    model: str
    adapter: bool
    steering: tuple[tuple[str, float], ...]
    request: Request
    answer: "queue.Queue[dict[str, Any]]" = field(default_factory=lambda: queue.Queue(1))

    @property
    def key(self) -> tuple[object, ...]:
        """Jobs with the same one can share a batch."""
        return self.model, self.adapter, self.steering


class Target:
    """Answers requests from a thread of its own."""

    def __init__(self, pairs: dict[str, tuple[Any, Any]], run: Run) -> None:
        """Start.

        Args:
            pairs: Model and tokenizer by variable name; the first is the default.
            run: Executes a batch.
        """
        self._pairs = pairs
        self._run = run
        self._jobs: queue.Queue[_Job] = queue.Queue()
        threading.Thread(target=self._work, daemon=True).start()

    def ask(self, message: Any) -> dict[str, Any]:
        """Answer a request; what is wrong with it is the answer as well. Waits, so every caller needs a thread."""
        try:
            job = self._job(message)
        except Exception as error:
            return {"error": _in_words(error)}
        self._jobs.put(job)
        return job.answer.get()

    def _job(self, message: Any) -> _Job:
        name = message["model"]
        if name == "default" and "default" not in self._pairs:
            name = next(iter(self._pairs), name)
        if name not in self._pairs:
            raise ValueError(f"no model {name!r} is loaded here; available: {', '.join(self._pairs) or 'none'}")
        steering = tuple((str(each["vector"]), float(each["strength"])) for each in message.get("steering") or ())
        return _Job(name, bool(message.get("adapter", True)), steering, Request(**message["request"]))

    def _work(self) -> None:
        while True:
            batch = self._collect()
            for key in {job.key: None for job in batch}:
                self._run(partial(self._answer, [job for job in batch if job.key == key]))

    def _collect(self) -> list[_Job]:
        batch = [self._jobs.get()]
        while len(batch) < MAX_BATCH:
            try:
                batch.append(self._jobs.get(timeout=BATCH_WINDOW))
            except queue.Empty:
                break
        return batch

    def _answer(self, group: list[_Job]) -> None:
        """Answer a batch; if it fails, each request alone, so that a bad one harms only itself."""
        try:
            completions = self._complete(group)
        except BaseException as error:  # also an interrupt: whatever happens, nobody may wait for ever
            if len(group) > 1:
                for job in group:
                    self._answer([job])
            else:
                group[0].answer.put({"error": _in_words(error)})
            return
        for job, completion in zip(group, completions, strict=True):
            job.answer.put(asdict(completion))

    def _complete(self, group: list[_Job]) -> list[Completion]:
        model, tokenizer = self._pairs[group[0].model]
        with contextlib.ExitStack() as stack:
            if not group[0].adapter:
                if not hasattr(model, "disable_adapter"):
                    raise ValueError(f"model {group[0].model!r} has no adapter to switch off")
                stack.enter_context(model.disable_adapter())
            if group[0].steering:
                stack.enter_context(_steered(model, tokenizer, group[0].steering))
            return generate(model, tokenizer, [job.request for job in group])


def _steered(
    model: Any, tokenizer: Any, steering: tuple[tuple[str, float], ...]
) -> contextlib.AbstractContextManager[object]:
    from ..whitebox import LanguageModel

    lm = LanguageModel(model, tokenizer)
    if missing := [name for name, _ in steering if name not in lm.vectors]:
        names = ", ".join(lm.vectors) or "none"
        raise ValueError(f"there is no vector {', '.join(map(repr, missing))}; available: {names}")
    return lm.steer(*(lm.vectors[name].add(strength, relative=True) for name, strength in steering))


def _in_words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
