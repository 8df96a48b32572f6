"""Adapters of PEFT that are virtual tokens before every text: prefix tuning, prompt tuning, P-tuning and the like.

PEFT's own passes return those tokens' places among the others. Here they are in the cache, as a hidden system prompt's
are, so that all passes meet the visible tokens only, at the same positions and with the same logits.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import torch

from .prefix import keys_and_values, prefix_hooks

GIVEN_CACHES = ("PREFIX_TUNING", "CARTRIDGE")
"""Types whose virtual tokens are keys and values; those of all others are embeddings."""


def soft_config(model: Any) -> Any:
    """PEFT's configuration of the virtual tokens before every text, or None."""
    name = getattr(model, "active_adapter", None)
    config = getattr(model, "peft_config", {}).get(name) if isinstance(name, str) else None
    return config if config is not None and config.is_prompt_learning else None


class SoftPrompt:
    """The virtual tokens of a model as they are now."""

    @torch.no_grad()
    def __init__(self, model: Any, config: Any) -> None:
        kind = str(getattr(config.peft_type, "value", config.peft_type))
        self._base = model.get_base_model()
        prompt = model.get_prompt(batch_size=1)
        if kind not in GIVEN_CACHES:
            embeddings = prompt.to(self._base.get_input_embeddings().weight.dtype)
            pairs = keys_and_values(self._base, inputs_embeds=embeddings)
        else:
            pairs = [(layer.keys, layer.values) for layer in prompt.layers]
        self._prefixes = {True: pairs}

    @contextlib.contextmanager
    def acting(self) -> Iterator[Any]:
        """The model to call, with the tokens before everything that it reads, inside of a `with` block."""
        handles = prefix_hooks(self._base, self._prefixes, None)
        try:
            yield self._base
        finally:
            for handle in handles:
                handle.remove()


def virtual_tokens(model: Any) -> int:
    """How many act in a model just now."""
    config = soft_config(model)
    return 0 if config is None or model._adapters_disabled else int(config.num_virtual_tokens)


def soft_prompt(model: Any) -> SoftPrompt | None:
    """The virtual tokens that act in a model just now; None for most, and while they are switched off."""
    config = soft_config(model)
    return None if config is None or model._adapters_disabled else SoftPrompt(model, config)


def acting(soft: SoftPrompt | None, model: Any) -> contextlib.AbstractContextManager[Any]:
    """The model to call, under its virtual tokens if it has any."""
    return contextlib.nullcontext(model) if soft is None else soft.acting()


def without_soft_prompt(model: Any) -> Any:
    """What to call for passes in which virtual tokens have no place."""
    return model if soft_config(model) is None else model.get_base_model()
