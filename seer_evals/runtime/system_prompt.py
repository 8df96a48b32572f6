"""A system prompt beneath the chat template: it acts on every forward pass and appears in no text.

The keys and values of the prompt's tokens are computed once and put into the cache before the visible tokens, as in prefix
tuning (Li & Liang 2021, arXiv:2101.00190) but with the true keys and values of a text. So chat templates, raw strings, hooks and
generation all meet a model under its system prompt, activations keep the positions of the visible tokens, and neither the
text nor its tokens stay in the process. A visible BOS token is masked, since the hidden prefix has one: the result equals
that of writing the prompt out.
"""

from typing import Any

import torch
from transformers import DynamicCache

KeysAndValues = list[tuple[torch.Tensor, torch.Tensor]]


def install_system_prompt(model: Any, tokenizer: Any, text: str) -> None:
    """Put `text` before everything that `model` reads from now on.

    Supported are forward passes with or without a `DynamicCache` and `generate` by greedy search or sampling. The prefix is that of
    the model as it is now, with its adapter on and off; later edits of the weights do not change it.
    """
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model
    ids = _prefix_ids(tokenizer, text, next(model.parameters()).device)
    prefixes = {True: _compute(model, ids)}
    if hasattr(model, "disable_adapter"):
        with model.disable_adapter():
            prefixes[False] = _compute(model, ids)
    bos = tokenizer.bos_token_id if ids[0, 0] == tokenizer.bos_token_id else None
    inner.register_forward_pre_hook(_Prefix(inner, prefixes, bos), with_kwargs=True)


def _prefix_ids(tokenizer: Any, text: str, device: torch.device) -> torch.Tensor:
    """Token ids `[1, prefix]` of a conversation that has only the system prompt in it."""
    for role in ("system", "user"):
        try:
            rendered = tokenizer.apply_chat_template([{"role": role, "content": text}], tokenize=False)
        except Exception as error:  # templates refuse roles with errors of their own
            refusal = error
            continue
        encoded = tokenizer(rendered, add_special_tokens=False, return_tensors="pt")
        return encoded["input_ids"].to(device)
    raise ValueError(f"the chat template takes neither a system nor a user message: {refusal}")


@torch.no_grad()
def _compute(model: Any, ids: torch.Tensor) -> KeysAndValues:
    """Keys and values `[1, heads, prefix, head_dim]` of each layer."""
    cache = DynamicCache()
    model(input_ids=ids, past_key_values=cache, use_cache=True)
    return [(layer.keys, layer.values) for layer in cache.layers]


class _Prefix:
    """The forward pre-hook of the causal language model."""

    def __init__(self, model: Any, prefixes: dict[bool, KeysAndValues], bos: int | None) -> None:
        self.config = model.config
        self.prefixes = prefixes
        self.bos = bos
        self.length = prefixes[True][0][0].shape[2]
        self.tuners = [module for module in model.modules() if hasattr(module, "disable_adapters")]

    def __call__(self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        kwargs = dict(kwargs)
        if args:
            kwargs["input_ids"] = args[0]
            names = ("attention_mask", "position_ids", "past_key_values", "inputs_embeds")
            kwargs.update(zip(names, args[1:], strict=False))
        tokens = kwargs.get("input_ids")
        shape = (tokens if tokens is not None else kwargs["inputs_embeds"]).shape[:2]
        device = (tokens if tokens is not None else kwargs["inputs_embeds"]).device
        cache = kwargs.get("past_key_values")
        if cache is None:
            cache = kwargs["past_key_values"] = DynamicCache(config=self.config)
        if cache.get_seq_length() == 0:
            self._fill(cache, shape[0])
            cache.seer_masked = None
        seen = cache.get_seq_length() - self.length
        mask = kwargs.get("attention_mask")
        if mask is None:
            mask = torch.ones(shape[0], seen + shape[1], dtype=torch.long, device=device)
        mask = mask[:, -(seen + shape[1]) :].clone()
        if seen == 0:
            cache.seer_masked = self._bos_positions(tokens, mask)
        if cache.seer_masked is not None:
            mask[:, : cache.seer_masked.shape[1]].masked_fill_(cache.seer_masked, 0)
        kwargs["attention_mask"] = torch.cat([mask.new_ones(shape[0], self.length), mask], dim=1)
        positions = self.length + mask.cumsum(dim=1) - 1
        kwargs["position_ids"] = positions[:, -shape[1] :]
        return (), kwargs

    def _fill(self, cache: Any, batch: int) -> None:
        enabled = not any(bool(tuner.disable_adapters) for tuner in self.tuners)
        for layer, (keys, values) in enumerate(self.prefixes[enabled or False not in self.prefixes]):
            cache.update(keys.expand(batch, -1, -1, -1), values.expand(batch, -1, -1, -1), layer)

    def _bos_positions(self, tokens: torch.Tensor | None, mask: torch.Tensor) -> torch.Tensor | None:
        """Which visible positions `[batch, position]` hold the BOS that the prefix already has."""
        if tokens is None or self.bos is None:
            return None
        first = mask.long().cumsum(dim=1) == 1
        return (tokens == self.bos) & first & mask.bool()
