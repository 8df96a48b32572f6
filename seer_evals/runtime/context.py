"""How much a model can read."""

from collections.abc import Sequence
from typing import Any

from .prefix import prefix_length
from .soft_prompt import virtual_tokens

UNLIMITED = 1 << 30
STRETCHED = ("linear", "dynamic", "yarn")
"""Kinds of rotary positions that reach further than those the model was first trained with, by a factor."""


def context_length(model: Any) -> int:
    """Tokens that a model can read: what its configuration says, less those before every text."""
    config = model.config.get_text_config()
    limit = getattr(config, "max_position_embeddings", None)
    before = prefix_length(model) + virtual_tokens(model)
    return int(limit * _stretch(config, limit)) - before if limit else UNLIMITED


def check_fits(model: Any, prompts: Sequence[Sequence[int]], reply: int = 0) -> None:
    """Refuse prompts that a model cannot read.

    Args:
        model: A causal language model.
        prompts: Token ids of each.
        reply: Tokens that have to fit after them.

    Raises:
        ValueError: One is too long.
    """
    context, longest = context_length(model), max(map(len, prompts), default=0)
    if longest + reply > context:
        room = " and leaves no room for a reply" if reply and longest == context else ""
        raise ValueError(f"a prompt has {longest} tokens{room}: this model reads {context} at most; shorten it")


def _stretch(config: Any, limit: int) -> float:
    """By how much rotary positions reach further than `limit` says."""
    given = getattr(config, "rope_parameters", None) or {}
    layers = [each for each in (given, *given.values()) if isinstance(each, dict)]
    factors = [
        float(each.get("factor") or 1.0) * (each.get("original_max_position_embeddings") or limit) / limit
        for each in layers
        if each.get("rope_type") in STRETCHED
    ]
    return max([1.0, *factors])
