"""Counts what models read, by the state that they were in."""

import contextlib
import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ..blocks import blocks_of, inner_model
from ..prefix import is_aside
from .edits import edits_of
from .lists import Lists
from .weights import Weights

MAX_STATES = 300
"""Different states of one cell; of more, those that came first are kept."""
MAX_PROMPTS = 50_000
"""Different prompts that are counted in one state, and whose text is remembered."""

Known = dict[str, set[int]]


@dataclass
class Read:
    """What was read in one state."""

    passes: int = 0
    texts: int = 0
    """Texts that were read from their beginning, equal ones counted each time."""
    generated: int = 0
    """Tokens after the prompts that a cache was used for."""
    prompts: set[str] = field(default_factory=set)
    """Digests of their tokens."""
    known: Known = field(default_factory=dict)


class Recorder:
    """Watches models from the moment they are loaded. Whatever goes wrong in it, no pass is harmed."""

    def __init__(self, lists: Lists | None = None) -> None:
        self._lists = lists or Lists({})
        self._reads: dict[str, Read] = {}
        self._known: dict[str, Known] = {}
        self._last: Read | None = None
        self._lock = threading.Lock()
        self._local = threading.local()

    def watch(self, name: str, model: Any, tokenizer: Any) -> None:
        """Record the passes of a model, and of copies that are made of it.

        Args:
            name: What the record calls it.
            model: With PEFT's wrapper, if it has one.
            tokenizer: Its own.
        """
        with contextlib.suppress(Exception):
            inner = inner_model(model)
            watched = _Watched(name, inner, model, tokenizer)
            body, _ = blocks_of(inner)

            def at_model(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
                with contextlib.suppress(Exception):
                    self._local.within = True
                    self._note(watched, module, args, kwargs)

            def at_body(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
                with contextlib.suppress(Exception):
                    if not getattr(self._local, "within", False):
                        self._note(watched, None, args, kwargs)

            def after_model(module: Any, args: Any, output: Any) -> None:
                self._local.within = False

            inner.register_forward_pre_hook(at_model, with_kwargs=True, prepend=True)
            inner.register_forward_hook(after_model, always_call=True)
            body.register_forward_pre_hook(at_body, with_kwargs=True, prepend=True)

    def take(self) -> list[dict[str, Any]]:
        """What was recorded since the last call, as plain data."""
        with self._lock:
            reads, self._reads, self._last = self._reads, {}, None
        return [_plain(json.loads(state), read, self._lists) for state, read in reads.items()]

    def _note(self, watched: "_Watched", module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if is_aside():
            return
        ids = args[0] if args else kwargs.get("input_ids")
        with self._lock:
            if _continues(kwargs) and self._last is not None:
                self._last.passes += 1
                self._last.generated += len(ids) if ids is not None else 1
                return
            read = self._of(watched.state(module))
            read.passes += 1
            for row in _rows(ids, kwargs.get("attention_mask")):
                read.texts += 1
                self._note_prompt(read, watched, row)

    def _of(self, state: dict[str, Any]) -> Read:
        key = json.dumps(state, sort_keys=True)
        if key not in self._reads and len(self._reads) < MAX_STATES:
            self._reads[key] = Read()
        self._last = self._reads.get(key) or Read()
        return self._last

    def _note_prompt(self, read: Read, watched: "_Watched", row: list[int]) -> None:
        digest = hashlib.sha256(repr((watched.name, row)).encode()).hexdigest()[:16]
        if digest not in self._known:
            if len(self._known) >= MAX_PROMPTS:
                self._known.clear()
            self._known[digest] = self._lists.within(watched.tokenizer.decode(row))
        if len(read.prompts) < MAX_PROMPTS:
            read.prompts.add(digest)
        for name, numbers in self._known[digest].items():
            read.known.setdefault(name, set()).update(numbers)


class _Watched:
    """A model that is watched, and how to tell which state it is in."""

    def __init__(self, name: str, inner: Any, model: Any, tokenizer: Any) -> None:
        self.name, self.tokenizer = name, tokenizer
        self._inner, self._model = inner, model
        self._weights = Weights(inner)
        self._switches = [each for each in model.modules() if hasattr(each, "_disable_adapters")][:1]

    def state(self, module: Any) -> dict[str, Any]:
        """Everything that decides what a prompt does, as plain data. `module` may be a copy; None for the model."""
        model = self._inner if module is None else module
        return {
            "model": self.name,
            "adapter": self._adapter(),
            "weights": "loaded" if self._weights.unchanged(model) else "changed",
            "hooks": self._weights.hooked(model),
            "edits": edits_of(self._inner),
        }

    def _adapter(self) -> str:
        if not hasattr(self._model, "peft_config"):
            return ""
        if getattr(self._model, "_adapters_disabled", False):
            return "off"
        return "off" if any(each._disable_adapters for each in self._switches) else "on"


def _continues(kwargs: dict[str, Any]) -> bool:
    """Whether a pass goes on with a text that was read before."""
    cache = kwargs.get("past_key_values")
    return cache is not None and hasattr(cache, "get_seq_length") and cache.get_seq_length() > 0


def _rows(ids: Any, mask: Any) -> Iterator[list[int]]:
    """The tokens of each text of a batch, without padding."""
    if ids is None:
        return
    texts = ids.tolist()
    masks = (
        mask.tolist() if mask is not None and tuple(mask.shape) == tuple(ids.shape) else [[1] * len(t) for t in texts]
    )
    for text, keep in zip(texts, masks, strict=True):
        yield [token for token, kept in zip(text, keep, strict=True) if kept]


def _plain(state: dict[str, Any], read: Read, lists: Lists) -> dict[str, Any]:
    digest = hashlib.sha256("".join(sorted(read.prompts)).encode()).hexdigest()[:16]
    known = {name: [len(numbers), len(lists.items[name])] for name, numbers in sorted(read.known.items())}
    return {
        **state,
        "passes": read.passes,
        "texts": read.texts,
        "generated": read.generated,
        "prompts": len(read.prompts),
        "digest": digest,
        "of": known,
    }
