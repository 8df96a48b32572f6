"""Where a causal language model of transformers has its blocks."""

from typing import Any

import torch

LAYERS = ("layers", "h", "blocks")


def inner_model(model: Any) -> Any:
    """The language model itself, within PEFT's wrapper or without one."""
    if hasattr(model, "get_base_model"):
        return model.get_base_model()
    # PEFT's wrapper of mixed types has no such method.
    return model.base_model.model if type(model).__name__ == "PeftMixedModel" else model


def blocks_of(inner: Any) -> tuple[Any, Any]:
    """The decoder and its list of blocks.

    Raises:
        LookupError: There is none under a known name; the message lists what is there.
    """
    if not hasattr(inner, "get_decoder"):
        raise LookupError(
            f"{type(inner).__name__} has no get_decoder(): it is no causal language model of transformers"
        )
    # `get_decoder` gives the language model itself for some classes, and for others the head, if that has its name.
    start = inner.get_decoder()
    tried = [start, getattr(start, "model", None), getattr(inner, getattr(inner, "base_model_prefix", ""), None)]
    tried += [getattr(each, "decoder", None) for each in tried if each is not None]
    for module in (each for each in tried if each is not None):
        for name in LAYERS:
            blocks = getattr(module, name, None)
            if isinstance(blocks, torch.nn.ModuleList | torch.nn.Sequential) and len(blocks):
                return module, blocks
    there = ", ".join(name for name, _ in start.named_children())
    raise LookupError(
        f"{type(start).__name__} has no list of blocks under a known name ({', '.join(LAYERS)}); it has: {there}"
    )
