"""A system prompt beneath the chat template: it acts on every forward pass and appears in no text.

The keys and values of the prompt's tokens are computed once and put into the cache before the visible tokens, as in
prefix tuning (Li & Liang 2021, arXiv:2101.00190) but with the true keys and values of a text. So chat templates, raw
strings, hooks and generation all meet a model under its system prompt, activations have the positions of the visible
tokens only, and no object holds the text or its tokens.

The result equals that of the prompt written out before the visible text, for models with rotary or learnt positions and
for full and sliding-window attention, alone and in a padded batch: what is masked between the prompt and the visible
text (padding, and a visible BOS, since the prompt has one) counts neither as a position nor towards a window. But:

- Positions are always counted from the attention mask: `position_ids` of the caller have no effect.
- Sliding-window layers keep the keys and values of all tokens, which takes more memory than their own cache.
- The returned cache and attention patterns begin with the prompt's entries. A cache can be handed to further forward
  passes, but not to a new `generate`, which compares its length with that of the visible text.
- The prefix is that of the model as it was at loading, with its adapter on and off: later edits of the weights, and
  hooks, act on the visible tokens only.
- A chat template without a system role, or one that writes a system message within the user turn, gets the prompt as a
  user turn of its own. One that begins every conversation with a system message of its own still does so after it.
- Freed memory is not wiped: whoever reads the process's raw memory (`/proc/self/mem`) can find remains of the text.
- A visible BOS in `inputs_embeds` is recognised if it is exactly the embedding of that token.
"""

import inspect
from collections.abc import Callable
from typing import Any

import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer
from transformers.masking_utils import create_causal_mask

from .templates import system_prefix

KeysAndValues = list[tuple[torch.Tensor, torch.Tensor]]


def install_system_prompt(model: Any, tokenizer: Any, text: str) -> None:
    """Put `text` before everything that `model` (a causal language model or a `PeftModel` of one) reads from now on.

    Supported are forward passes without a cache or with a `DynamicCache`, and `generate` with its default cache.

    Raises:
        ValueError: The chat template takes neither a system nor a user message.
        TypeError: The model keeps something else than keys and values, as recurrent and linear attention do.
    """
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model
    ids = _prefix_ids(tokenizer, text).to(model.get_input_embeddings().weight.device)
    prefixes = {True: _compute(model, ids)}
    if hasattr(model, "disable_adapter"):
        with model.disable_adapter():
            prefixes[False] = _compute(model, ids)
    bos = tokenizer.bos_token_id if int(ids[0, 0]) == tokenizer.bos_token_id else None
    # The decoder, not the language model around it: it may be called directly, and PEFT may call `forward` past hooks.
    decoder = inner.get_decoder()
    decoder.register_forward_pre_hook(_Prefix(decoder, prefixes, bos), with_kwargs=True)
    decoder.register_forward_hook(_without_cache, with_kwargs=True)


def prompt_length(model: Any) -> int:
    """Positions that a hidden system prompt takes; 0 without one."""
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model
    decoder = inner.get_decoder() if hasattr(inner, "get_decoder") else inner
    hooks = getattr(decoder, "_forward_pre_hooks", {}).values()
    return sum(hook.length for hook in hooks if isinstance(hook, _Prefix))


def _prefix_ids(tokenizer: Any, text: str) -> torch.Tensor:
    """Token ids `[1, prefix]` of a conversation of only the system prompt, or of the bare text without a template."""
    if not tokenizer.chat_template:
        return torch.tensor([tokenizer(text)["input_ids"]])
    return torch.tensor([tokenizer(system_prefix(tokenizer, text), add_special_tokens=False)["input_ids"]])


@torch.no_grad()
def _compute(model: Any, ids: torch.Tensor) -> KeysAndValues:
    """Keys and values `[1, heads, prefix, head_dim]` of each layer."""
    cache = DynamicCache()
    model(input_ids=ids, past_key_values=cache, use_cache=True)
    if any(type(layer) is not DynamicLayer for layer in cache.layers):
        raise TypeError("a hidden system prompt needs a model whose layers all keep keys and values")
    return [(layer.keys, layer.values) for layer in cache.layers]


class _Prefix:
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
        self.window = _window(self.config)

    def __call__(
        self, decoder: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Rewrite the arguments of a forward pass."""
        kwargs = kwargs | dict(zip(self.parameters, args, strict=False))
        tokens, embeddings = kwargs.get("input_ids"), kwargs.get("inputs_embeds")
        batch, length = kwargs["inputs_embeds" if tokens is None else "input_ids"].shape[:2]
        cache = self._filled(kwargs.get("past_key_values"), batch)
        visible = self._visible(kwargs.get("attention_mask"), cache, batch, length)
        if cache.bos is None:
            cache.bos = self._is_bos(decoder, tokens, embeddings) & (visible.cumsum(dim=1) == 1)
        visible[:, : cache.bos.shape[1]].masked_fill_(cache.bos & visible[:, : cache.bos.shape[1]].bool(), 0)
        mask = torch.cat([visible.new_ones(batch, self.length), visible], dim=1)
        positions = mask.cumsum(dim=1) - 1
        kwargs["past_key_values"] = cache
        kwargs["position_ids"] = positions[:, -length:]
        kwargs["attention_mask"] = mask if self.window is None else self._masks(decoder, mask, positions, length, cache)
        return (), kwargs

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
        sliding = create_causal_mask(**common, and_mask_function=_within(self.window or 0, positions))
        if getattr(self.config, "layer_types", None) is None:
            return sliding
        return {"full_attention": create_causal_mask(**common), "sliding_attention": sliding}


def _without_cache(decoder: Any, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
    """Return no cache to a caller who wanted none: `generate(use_cache=False)` would read all tokens a second time."""
    if kwargs.get("use_cache") is False and hasattr(output, "past_key_values"):
        output.past_key_values = None


def _window(config: Any) -> int | None:
    """Length of the attention window in tokens, if any layer has one."""
    types = getattr(config, "layer_types", None)
    if types is not None and "sliding_attention" not in types:
        return None
    return getattr(config, "sliding_window", None)


def _within(window: int, positions: torch.Tensor) -> Callable[..., Any]:
    """Which keys a query may attend to; the arguments of the mask function are indices into the cache."""

    def inside(batch: Any, head: Any, query: Any, key: Any) -> Any:
        return positions[batch, query] - positions[batch, key] < window

    return inside
