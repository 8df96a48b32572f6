"""`LanguageModel`: one handle around any Hugging Face causal language model."""

import contextlib
import inspect
import itertools
import threading
import weakref
from collections.abc import Iterator, Sequence
from typing import Any

import torch

from ..blocks import inner_model
from ..context import check_fits
from ..memory import reads_padding
from ..record.edits import edited
from ..seams import following, token_text
from ..soft_prompt import acting, soft_prompt
from .activations import Activations, Captured, Enough, join
from .adapter_state import active_adapters, check_adapters, has_adapter
from .architecture import Architecture, inspect_layout
from .direction import Direction
from .edits import Edit
from .followed import Followed, check_met
from .generations import Generations, Sampling, sample
from .layout import Layout
from .passes import PassTracker
from .positions import Positions
from .prompts import Batch, Encoded, Prompt, as_prompts, collate, encode
from .sites import check_site, visit

BATCH = 32
"""Prompts per forward pass unless asked for otherwise."""


class _Shared:
    """What all handles of one model share."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.trackers: list[PassTracker] = []
        self.vectors: dict[str, Any] = {}
        self.layout: Layout | None = None


_shared: "weakref.WeakKeyDictionary[torch.nn.Module, _Shared]" = weakref.WeakKeyDictionary()


class LanguageModel:
    """A causal language model and its tokenizer, opened up: activations, generation, edits.

    `model` may be a `PeftModel`, quantised, spread over devices, or a multimodal model with a text decoder; it stays
    reachable as `.model`, and everything done here leaves it as it was. A prompt is a string (raw text), a list of chat
    messages (see `chat`) or a list of token ids; every method takes one or many. Layers are numbered from 0, negative
    numbers count from the last.

    Hooks act in the thread that put them there only, and operations of several threads on one model take turns.

    Raises:
        LookupError: The architecture's parts are not where any known one has them.
        TypeError: When its adapter acts is decided outside of the model, by tasks or mixtures.
    """

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self.model = model
        self.tokenizer = tokenizer
        check_adapters(model)
        inner = inner_model(model)
        self._takes = set(inspect.signature(inner.forward).parameters)
        shared = _shared.setdefault(inner, _Shared())
        with shared.lock:
            shared.layout = shared.layout or inspect_layout(model)
            reads_padding(model)  # now, since it is found out by passes, which edits would count as theirs
        self.architecture = Architecture(model, shared.layout)
        self._lock, self._trackers = shared.lock, shared.trackers
        self.vectors: dict[str, Direction] = shared.vectors
        """Directions by name, for all handles of this model: what requests to the target can be steered with."""
        self._offloaded = any(place in ("cpu", "disk") for place in getattr(inner, "hf_device_map", {}).values())

    # --- what it is -------------------------------------------------------------------------------------------------

    @property
    def n_layers(self) -> int:
        """Number of blocks."""
        return self.architecture.n_layers

    @property
    def d_model(self) -> int:
        """Width of the residual stream."""
        return self.architecture.layout.d_model

    @property
    def has_adapter(self) -> bool:
        """Whether there is an adapter that can be switched off."""
        return has_adapter(self.model)

    @property
    def steered(self) -> bool:
        """Whether there are edits in the model just now."""
        return bool(self._trackers)

    @property
    def device(self) -> torch.device:
        """Where token ids go."""
        device: torch.device = self.model.get_input_embeddings().weight.device
        return device

    def __repr__(self) -> str:
        inner = inner_model(self.model)
        size = sum(parameter.numel() for parameter in self.model.parameters())
        return (
            f"LanguageModel({type(inner).__name__}: {self.n_layers} layers, d_model {self.d_model}, "
            f"{size / 1e6:.2f} M parameters, {len(self.tokenizer)} tokens, on {self.device})"
        )

    def layer(self, number: int) -> int:
        """The layer's number, counted from 0.

        Raises:
            IndexError: There is no such layer.
        """
        if not -self.n_layers <= number < self.n_layers:
            raise IndexError(f"no layer {number}: this model has layers 0 to {self.n_layers - 1}")
        return number % self.n_layers

    def layer_numbers(self, layers: int | Sequence[int] | None) -> list[int]:
        """Several layers, counted from 0; None stands for all.

        Raises:
            IndexError: There is no such layer.
        """
        if layers is None:
            return list(range(self.n_layers))
        return [self.layer(number) for number in ([layers] if isinstance(layers, int) else layers)]

    # --- text -------------------------------------------------------------------------------------------------------

    def encode(self, prompt: Prompt) -> Encoded:
        """One prompt as the model reads it."""
        [encoded] = encode(self.tokenizer, as_prompts(prompt))
        return encoded

    def labels(self, prompt: Prompt | Encoded) -> list[str]:
        """The tokens of a prompt as text."""
        encoded = prompt if isinstance(prompt, Encoded) else self.encode(prompt)
        return [self.token_text(token) for token in encoded.ids]

    def token_text(self, token: int) -> str:
        """The text of a token within a text, its first space included."""
        return token_text(self.tokenizer, token)

    def token_id(self, text: str) -> int:
        """The id of the first token of `text`, as it is tokenized after other text: " yes" and "yes" differ.

        Raises:
            ValueError: The text has no token.
        """
        ids = following(self.tokenizer, text)
        if not ids:
            raise ValueError(f"{text!r} has no token")
        return ids[0]

    def batches(self, prompts: Prompt | Sequence[Prompt], batch_size: int = BATCH) -> Iterator[Batch]:
        """The prompts in left-padded batches, in order; without padding where a model would read it."""
        encoded = encode(self.tokenizer, as_prompts(prompts))
        alike = [encoded]
        if len({len(item.ids) for item in encoded}) > 1 and reads_padding(self.model):
            alike = [list(run) for _, run in itertools.groupby(encoded, key=lambda item: len(item.ids))]
        for run in alike:
            for start in range(0, len(run), batch_size):
                yield collate(run[start : start + batch_size], self.tokenizer.pad_token_id or 0, self.device)

    # --- running it -------------------------------------------------------------------------------------------------

    @torch.no_grad()
    def forward(self, batch: Batch, *, keep: int = 0) -> torch.Tensor:
        """One forward pass without a cache.

        Returns:
            Logits `[prompt, position, vocabulary]` in the model's dtype, of the last `keep` tokens, or of all for 0.

        Raises:
            ValueError: A prompt does not fit into the context.
        """
        inputs = {
            "input_ids": batch.ids,
            "attention_mask": batch.mask,
            "position_ids": batch.positions,
            "use_cache": False,
        }
        inputs |= {"logits_to_keep": keep}
        check_fits(self.model, [item.ids for item in batch.encoded])
        with self._lock:
            for tracker in self._trackers:
                tracker.announce(batch)
            with acting(soft_prompt(self.model), self.model) as model:
                found = model(**{key: value for key, value in inputs.items() if key in self._takes})
            logits: torch.Tensor = found.logits
        return logits[:, -keep:] if keep else logits

    def logits(
        self, prompts: Prompt | Sequence[Prompt], *, positions: Positions = "last", batch_size: int = BATCH
    ) -> torch.Tensor:
        """Logits as float32 on the CPU.

        `[prompt, vocabulary]` at the `last` token, or `[prompt, position, vocabulary]` at `all`, where padding (on the
        left) is NaN.

        Raises:
            ValueError: Other positions.
        """
        if positions not in ("last", "all"):
            raise ValueError(f"logits are given at positions 'last' or 'all', not {positions!r}")
        parts = []
        for batch in self.batches(prompts, batch_size):
            found = self.forward(batch, keep=1 if positions == "last" else 0).float().cpu()
            parts.append(found[:, -1] if positions == "last" else _blank(found, batch)[:, None])
        if positions == "last":
            return torch.cat(parts)
        return join(parts, "all")[:, 0]

    def activations(
        self,
        prompts: Prompt | Sequence[Prompt],
        layers: int | Sequence[int] | None = None,
        *,
        site: str | Sequence[str] = "resid_post",
        positions: Positions = "last",
        batch_size: int = BATCH,
        device: str = "cpu",
        dtype: torch.dtype | None = torch.float32,
    ) -> Activations:
        """Read activations; the pass ends after the last layer that is asked for.

        Args:
            prompts: One or many.
            layers: Which blocks; all of them by default.
            site: One or several of `resid_pre`, `resid_post`, `attn_out`, `mlp_out`, `z` (attention heads).
            positions: `last`, `all`, `mean`, `prompt`, `response`, an index, a `Span` or a `Substring`.
            batch_size: Prompts per pass.
            device: Where to keep what was read.
            dtype: In which precision; None for the model's own.

        Raises:
            IndexError: There is no such layer.
            ValueError: There is no such site, or a prompt has no such position.
        """
        numbers = self.layer_numbers(layers)
        sites = [check_site(name) for name in ([site] if isinstance(site, str) else site)]
        parts: list[Captured] = []
        encoded: list[Encoded] = []
        for batch in self.batches(prompts, batch_size):
            # Weights that accelerate moves in and out are moved out again only by a pass that goes to its end.
            early = not self._offloaded
            parts.append(Captured(self.architecture, batch, numbers, sites, positions, device, dtype, early=early))
            self._capture(parts[-1], batch)
            encoded += batch.encoded
        values = {name: join([part.stacked(name) for part in parts], positions) for name in sites}
        return Activations(values, tuple(numbers), positions, tuple(encoded), self.labels)

    def _capture(self, captured: Captured, batch: Batch) -> None:
        """Run `batch` as far as needed."""
        with self._lock, contextlib.ExitStack() as stack:
            for handle in captured.hooks():
                stack.callback(handle.remove)
            with contextlib.suppress(Enough):
                self.forward(batch, keep=1)
                captured.check()

    def generate(
        self,
        prompts: Prompt | Sequence[Prompt],
        *,
        max_new_tokens: int = 64,
        temperature: float = 0.0,
        samples: int = 1,
        seed: int | None = None,
        top_p: float = 1.0,
        top_k: int = 0,
        stop: Sequence[str] = (),
        batch_size: int = BATCH,
    ) -> Generations:
        """Continue prompts; only what is new is returned.

        A greedy or seeded text is the same alone and in a batch (in float32; other dtypes round differently).

        Args:
            prompts: One or many. `chat(question, system=…, prefill=…)` gives the messages of a question.
            max_new_tokens: Length at which a text is cut off.
            temperature: 0 is greedy.
            samples: Texts per prompt.
            seed: Makes sampling repeatable, for each prompt and sample on its own.
            top_p: Sample from the likeliest tokens that have this probability together.
            top_k: Sample from this many likeliest tokens; 0 for all.
            stop: Strings that end a text.
            batch_size: Texts per pass.

        Raises:
            ValueError: Several greedy samples were asked for: they would be equal.
        """
        if samples > 1 and temperature <= 0:
            raise ValueError(f"{samples} samples at temperature 0 would all be equal; give temperature=1.0")
        sampling = Sampling(max_new_tokens, temperature, top_p, top_k, tuple(stop), seed)
        encoded = [one for one in encode(self.tokenizer, as_prompts(prompts)) for _ in range(samples)]
        replies = []
        with self._lock:
            for start in range(0, len(encoded), batch_size):
                part = encoded[start : start + batch_size]
                if self._trackers:
                    batch = collate(part, 0, self.device)
                    for tracker in self._trackers:
                        tracker.announce(batch)
                replies += sample(self.model, self.tokenizer, part, sampling, encoded[:start])
        return Generations.of(encoded, replies, samples)

    # --- changing it ------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def steer(self, *edits: Edit) -> Iterator["LanguageModel"]:
        """Apply edits to every pass inside of a `with` block, calls of `.model` itself included; blocks can be nested.

        Edits at one site act in the order in which they are given, those of an outer block first.

        Raises:
            IndexError: There is no such layer.
            LookupError: A layer has no such site.
            ValueError: A vector does not have the width of its site.
            RuntimeError: At the end: the model was used, and no pass came to where an edit is.
        """
        with self._lock, contextlib.ExitStack() as stack:
            tracker = PassTracker(self.architecture.body)
            self._trackers.append(tracker)
            stack.callback(self._trackers.remove, tracker)
            stack.callback(tracker.remove)
            where = [(edit, self.layer_numbers(edit.layer)) for edit in edits]
            followed = [Followed(edit, layer, tracker) for edit, layers in where for layer in layers]
            described = [edit.described(layers) for edit, layers in where]
            stack.enter_context(edited(inner_model(self.model), described))
            for each in followed:
                stack.callback(visit(self.architecture, each.layer, each.edit.site, each).remove)
            yield self
            check_met(followed, tracker, self.architecture)

    @contextlib.contextmanager
    def adapter_off(self) -> Iterator["LanguageModel"]:
        """The base model, inside of a `with` block.

        Raises:
            ValueError: The model has no adapter.
        """
        with self.adapters():
            yield self

    @contextlib.contextmanager
    def adapters(self, *names: str) -> Iterator["LanguageModel"]:
        """Let only these adapters act, inside of a `with` block.

        Raises:
            ValueError: The model has no adapter, or none of that name.
        """
        with self._lock, active_adapters(self.model, names):
            yield self

    @contextlib.contextmanager
    def locked(self) -> Iterator["LanguageModel"]:
        """Keep other threads from using the model through a handle, inside of a `with` block."""
        with self._lock:
            yield self


def _blank(values: torch.Tensor, batch: Batch) -> torch.Tensor:
    return values.masked_fill(~batch.mask.bool().cpu()[..., None], float("nan"))
