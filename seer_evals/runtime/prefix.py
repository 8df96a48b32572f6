"""Tokens that a model has read before everything else: their keys and values, put into the cache of every pass."""

import contextlib
import inspect
import threading
from collections.abc import Callable, Iterator
from typing import Any

import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer, DynamicSlidingWindowLayer
from transformers.masking_utils import create_causal_mask

from .blocks import blocks_of, inner_model

KeysAndValues = list[tuple[torch.Tensor, torch.Tensor]]
PLAIN = (DynamicLayer, DynamicSlidingWindowLayer)
"""The layers of a cache that hold nothing but keys and values of tokens."""
ATTENTION = {"full_attention", "sliding_attention", "chunked_attention"}
"""The kinds of attention for which there are masks here."""
TRIED = 8
"""Tokens of the prefix with which a trial is made."""


_aside = threading.local()


@contextlib.contextmanager
def aside() -> Iterator[None]:
    """Passes inside of a `with` block are no passes over a text: readings and edits leave them alone."""
    before = is_aside()
    _aside.now = True
    try:
        yield
    finally:
        _aside.now = before


def is_aside() -> bool:
    """Whether this thread's pass is over tokens before every text."""
    return bool(getattr(_aside, "now", False))


def install_prefix(model: Any, ids: torch.Tensor, bos: int | None) -> None:
    """Let `model` (a causal language model or a `PeftModel` of one) read `ids` `[1, prefix]` before everything else.

    Args:
        model: Its passes are changed from now on.
        ids: The tokens.
        bos: The BOS among them, which is not to be read a second time.

    Raises:
        TypeError: The model's passes cannot be changed so that they give what they give with the tokens before.
    """
    inner = inner_model(model)
    if any(config.is_prompt_learning for config in getattr(model, "peft_config", {}).values()):
        raise TypeError("a model whose adapter is a soft prompt cannot have a hidden system prompt before it")
    check_keys_and_values(inner)
    _try_it(model, inner, ids[:, :TRIED], bos)
    _install(model, inner, ids, bos)


def _install(model: Any, inner: Any, ids: torch.Tensor, bos: int | None) -> list[Any]:
    prefixes = {True: keys_and_values(model, input_ids=ids)}
    if hasattr(model, "disable_adapter"):
        with model.disable_adapter():
            prefixes[False] = keys_and_values(model, input_ids=ids)
    return prefix_hooks(inner, prefixes, bos)


def prefix_hooks(inner: Any, prefixes: dict[bool, KeysAndValues], bos: int | None) -> list[Any]:
    """Put keys and values before all that a model reads, until the hooks that are returned are removed.

    Args:
        inner: The language model.
        prefixes: Those with the adapter on, and perhaps those with it off.
        bos: A token that is not to be read a second time.
    """
    # The decoder, not the language model around it: it may be called directly, and PEFT may call `forward` past hooks.
    decoder, _ = blocks_of(inner)
    prefix = Prefix(decoder, prefixes, bos)
    around = [each.register_forward_pre_hook(prefix.outside, with_kwargs=True) for each in _around(inner, decoder)]
    return [
        *around,
        decoder.register_forward_pre_hook(prefix, with_kwargs=True),
        decoder.register_forward_hook(_without_cache, with_kwargs=True),
    ]


def _around(inner: Any, decoder: Any) -> list[Any]:
    """The modules between a language model and its decoder, which make masks of their own in multimodal models."""
    [path] = [name for name, module in inner.named_modules() if module is decoder]
    parts = path.split(".")
    return [inner.get_submodule(".".join(parts[:end])) for end in range(1, len(parts))]


def prefix_length(model: Any) -> int:
    """Positions that the tokens before everything take; 0 without any."""
    hooks = (hook for module in model.modules() for hook in module._forward_pre_hooks.values())
    return sum(hook.length for hook in hooks if isinstance(hook, Prefix))


def check_keys_and_values(inner: Any) -> None:
    """Tell what keeps something else of the tokens before than their keys and values, or has masks of its own.

    Raises:
        TypeError: It does.
    """
    decoder, _ = blocks_of(inner)
    name = type(inner).__name__
    if "past_key_values" not in inspect.signature(decoder.forward).parameters:
        raise TypeError(f"a hidden system prompt needs layers that all keep keys and values; those of {name} do not")
    config = decoder.config.get_text_config()
    kinds = {type(layer) for layer in DynamicCache(config=config).layers}
    if other := kinds - set(PLAIN):
        raise TypeError(
            f"a hidden system prompt needs layers that all keep keys and values; {name} has some that keep something "
            f"else ({', '.join(sorted(kind.__name__ for kind in other))})"
        )
    own = set(getattr(config, "layer_types", None) or ()) - ATTENTION
    if own or "local" in (getattr(config, "attention_layers", None) or ()):
        kinds_of_layer = ", ".join(sorted(own)) or "local"
        raise TypeError(f"a hidden system prompt has no masks for layers of the kind {kinds_of_layer} in {name}")


@torch.no_grad()
def keys_and_values(model: Any, **tokens: torch.Tensor) -> KeysAndValues:
    """Keys and values `[1, heads, token, head_dim]` of each layer, for `input_ids` or `inputs_embeds`.

    Raises:
        TypeError: A layer keeps something else.
    """
    cache = DynamicCache()
    with aside():
        model(**tokens, past_key_values=cache, use_cache=True)
    [given] = tokens.values()
    whole = [layer for layer in cache.layers if type(layer) is DynamicLayer and layer.keys is not None]
    if not whole or len(whole) != len(cache.layers) or any(layer.keys.shape[2] != given.shape[1] for layer in whole):
        raise TypeError("a hidden system prompt needs layers that all keep keys and values of every token")
    return [(layer.keys, layer.values) for layer in whole]


def _try_it(model: Any, inner: Any, ids: torch.Tensor, bos: int | None) -> None:
    """Compare a few tokens behind a short prefix with both written out, alone and padded.

    Raises:
        TypeError: They differ, or the model fails.
    """
    name = type(inner).__name__
    visible = torch.tensor([[token for token in range(3, 9) if token != bos][:4]], device=ids.device)
    padded = torch.cat([visible, visible, visible], dim=1)
    mask = torch.ones_like(padded)
    mask[:, : -visible.shape[1]] = 0
    try:
        written = _logits(model, input_ids=torch.cat([ids, visible], dim=1))
        with _for_a_while(model, inner, ids, bos):
            found = [_logits(model, input_ids=visible), _logits(model, input_ids=padded, attention_mask=mask)]
    except TypeError:
        raise
    except Exception as error:
        raise TypeError(f"{name} cannot have a hidden system prompt: a trial of it fails: {error!r}") from error
    exact = written.dtype == torch.float32
    allowed = (2e-3 if exact else 0.05) * float(written.float().abs().max())
    off = max(_distance(each, written, spared=0 if exact else 1) for each in found)
    if off > allowed:
        raise TypeError(
            f"{name} cannot have a hidden system prompt: with {ids.shape[1]} tokens of one its logits are {off:.3g} "
            "off those of the same tokens written out; its positions or masks are of another kind"
        )


@contextlib.contextmanager
def _for_a_while(model: Any, inner: Any, ids: torch.Tensor, bos: int | None) -> Iterator[None]:
    handles = _install(model, inner, ids, bos)
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@torch.no_grad()
def _logits(model: Any, **inputs: torch.Tensor) -> torch.Tensor:
    """Of the last four tokens, `[4, vocabulary]`."""
    mask = inputs.get("attention_mask")
    if mask is not None:
        inputs["position_ids"] = (mask.cumsum(dim=1) - 1).clamp(min=0)
    logits: torch.Tensor = model(**inputs, use_cache=False).logits[0, -4:]
    return logits


def _distance(first: torch.Tensor, second: torch.Tensor, *, spared: int) -> float:
    """How far logits `[token, vocabulary]` differ, but for so many tokens: half precision may choose other experts."""
    ordered = (first.float() - second.float()).abs().amax(dim=-1).sort(descending=True).values
    return float(ordered[spared])


class Prefix:
    """The forward pre-hook of the decoder."""

    def __init__(self, decoder: Any, prefixes: dict[bool, KeysAndValues], bos: int | None) -> None:
        self.config = decoder.config
        self.parameters = list(inspect.signature(decoder.forward).parameters)
        self.prefixes = prefixes
        self.bos = bos
        self.length = prefixes[True][0][0].shape[2]
        # Models have a method of that name, adapter layers a flag.
        self.tuners = [
            module for module in decoder.modules() if isinstance(getattr(module, "disable_adapters", None), bool)
        ]
        self.reach = _reach(self.config.get_text_config())
        self._outside = threading.local()

    def outside(self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Keep the mask that a module around the decoder is given, before it makes masks of its own of it."""
        if kwargs.get("pixel_values") is not None:
            raise TypeError("a model with a hidden system prompt reads no images: their masks would not be its own")
        mask = kwargs.get("attention_mask")
        if mask is None or (isinstance(mask, torch.Tensor) and mask.dim() == 2):
            self._outside.mask = (mask,)

    def __call__(
        self, decoder: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Rewrite the arguments of a forward pass."""
        kwargs = kwargs | dict(zip(self.parameters, args, strict=False))
        tokens, embeddings = kwargs.get("input_ids"), kwargs.get("inputs_embeds")
        batch, length = kwargs["inputs_embeds" if tokens is None else "input_ids"].shape[:2]
        cache = self._filled(kwargs.get("past_key_values"), batch)
        visible = self._visible(self._given(kwargs.get("attention_mask")), cache, batch, length)
        if cache.bos is None:
            cache.bos = self._is_bos(decoder, tokens, embeddings) & (visible.cumsum(dim=1) == 1)
        visible[:, : cache.bos.shape[1]].masked_fill_(cache.bos & visible[:, : cache.bos.shape[1]].bool(), 0)
        mask = torch.cat([visible.new_ones(batch, self.length), visible], dim=1)
        positions = mask.cumsum(dim=1) - 1
        kwargs["past_key_values"] = cache
        if "position_ids" in self.parameters:
            kwargs["position_ids"] = positions[:, -length:]
        kwargs["attention_mask"] = self._masks(decoder, mask, positions, length, cache) if self.reach else mask
        return (), kwargs

    def _given(self, mask: Any) -> Any:
        """The mask of tokens: the decoder's own argument, or what was given to the module that made others of it."""
        outside = self._outside.__dict__.pop("mask", None)
        return outside[0] if outside is not None and isinstance(mask, dict) else mask

    def _filled(self, cache: Any, batch: int) -> Any:
        """The cache with the prefix in it: the caller's, or a new one."""
        cache = DynamicCache() if cache is None else cache
        if not isinstance(cache, DynamicCache):
            raise TypeError(f"this model supports only DynamicCache, not {type(cache).__name__}")
        if cache.get_seq_length() == 0:
            adapted = not any(tuner.disable_adapters for tuner in self.tuners)
            prefix = self.prefixes[adapted or False not in self.prefixes]
            # Plain layers everywhere: those of sliding windows would count masked tokens and drop the prefix too early.
            cache.layers = [DynamicLayer() for _ in prefix]
            for layer, (keys, values) in zip(cache.layers, prefix, strict=True):
                layer.update(keys.expand(batch, -1, -1, -1), values.expand(batch, -1, -1, -1))
            cache.bos = None
        return cache

    def _visible(self, mask: torch.Tensor | None, cache: Any, batch: int, length: int) -> torch.Tensor:
        """The caller's attention mask `[batch, visible tokens so far]` as integers, to be changed."""
        total = cache.get_seq_length() - self.length + length
        if mask is None:
            return torch.ones(batch, total, dtype=torch.long, device=cache.layers[0].keys.device)
        if not isinstance(mask, torch.Tensor) or mask.shape != (batch, total):
            shape = tuple(mask.shape) if isinstance(mask, torch.Tensor) else type(mask).__name__
            raise ValueError(f"attention_mask is {shape}; this model needs (batch, tokens so far) = {(batch, total)}")
        return mask.to(torch.long, copy=True)

    def _is_bos(self, decoder: Any, tokens: torch.Tensor | None, embeddings: torch.Tensor | None) -> torch.Tensor:
        """Which tokens `[batch, position]` of the first pass are the BOS that the prefix already has."""
        if tokens is not None:
            return tokens == (-1 if self.bos is None else self.bos)
        assert embeddings is not None
        if self.bos is None:
            return torch.zeros(embeddings.shape[:2], dtype=torch.bool, device=embeddings.device)
        table = decoder.get_input_embeddings()
        bos: torch.Tensor = table(torch.tensor(self.bos, device=table.weight.device))
        return (embeddings == bos).all(dim=-1)

    def _masks(self, decoder: Any, mask: torch.Tensor, positions: torch.Tensor, length: int, cache: Any) -> Any:
        """Masks as the attention implementation wants them, with windows measured in positions."""
        dtype = decoder.get_input_embeddings().weight.dtype
        common = {
            "config": self.config,
            "inputs_embeds": torch.empty(mask.shape[0], length, 0, dtype=dtype, device=mask.device),
            "attention_mask": mask,
            "past_key_values": cache,
        }
        limited = {
            kind: create_causal_mask(**common, and_mask_function=inside(positions))
            for kind, inside in self.reach.items()
        }
        if getattr(self.config.get_text_config(), "layer_types", None) is None:
            return limited["sliding_attention"]
        return {"full_attention": create_causal_mask(**common), **limited}


def _without_cache(decoder: Any, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
    """Return no cache to a caller who wanted none: `generate(use_cache=False)` would read all tokens a second time."""
    if kwargs.get("use_cache") is False and hasattr(output, "past_key_values"):
        output.past_key_values = None


Reach = Callable[[torch.Tensor], Callable[..., Any]]
"""From positions `[batch, token]` to which keys a query may attend to; by indices into the cache."""


def _reach(config: Any) -> dict[str, Reach]:
    """For each kind of layer that does not attend to everything before, how far it does, counted in positions."""
    types = getattr(config, "layer_types", None)
    found: dict[str, Reach] = {}
    window = getattr(config, "sliding_window", None)
    if window is not None and (types is None or "sliding_attention" in types):
        found["sliding_attention"] = lambda positions: _within(int(window), positions)
    chunk = getattr(config, "attention_chunk_size", None)
    if chunk is not None and types is not None and "chunked_attention" in types:
        found["chunked_attention"] = lambda positions: _same_chunk(int(chunk), positions)
    return found


def _within(window: int, positions: torch.Tensor) -> Callable[..., Any]:
    def inside(batch: Any, head: Any, query: Any, key: Any) -> Any:
        return positions[batch, query] - positions[batch, key] < window

    return inside


def _same_chunk(size: int, positions: torch.Tensor) -> Callable[..., Any]:
    def inside(batch: Any, head: Any, query: Any, key: Any) -> Any:
        return positions[batch, query] // size == positions[batch, key] // size

    return inside
