"""Places in a block that can be read and edited, by TransformerLens's names.

`resid_pre`, `resid_post`: the residual stream before and after the block. `attn_out`, `mlp_out`: what the attention and
MLP modules return; in Gemma 2 and 3 a norm follows before it is added to the residual stream. `z`: the outputs of the
attention heads before the output projection, `[batch, position, heads * head_dim]` inside hooks.
"""

import threading
from collections.abc import Callable
from typing import Any

import torch
from torch.utils.hooks import RemovableHandle

from .architecture import Architecture

SITES = ("resid_pre", "resid_post", "attn_out", "mlp_out", "z")

Visit = Callable[[torch.Tensor], torch.Tensor | None]
"""Sees the state `[batch, position, d]` at a site; returns what is to take its place, or None to leave it."""


def check_site(site: str) -> str:
    """Return `site` if there is such a site.

    Raises:
        ValueError: There is none.
    """
    if site not in SITES:
        raise ValueError(f"unknown site {site!r}; available: {', '.join(SITES)}")
    return site


def visit(architecture: Architecture, layer: int, site: str, function: Visit) -> RemovableHandle:
    """Call `function` on every pass of this thread through a site until the returned handle is removed.

    Functions at one site are called in the order in which they were put there: a later one sees an earlier one's edit.
    """
    function = _in_this_thread(function)
    match check_site(site):
        case "resid_pre":
            return _before(architecture.layers[layer], function)
        case "resid_post":
            return _after(architecture.layers[layer], function)
        case "attn_out":
            return _after(architecture.attention(layer), function)
        case "mlp_out":
            return _after(architecture.mlp(layer), function)
        case _:
            return _before(architecture.out_projection(layer), function)


def _in_this_thread(function: Visit) -> Visit:
    owner = threading.get_ident()
    return lambda state: function(state) if threading.get_ident() == owner else None


def _before(module: torch.nn.Module, function: Visit) -> RemovableHandle:
    def hook(
        module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
        if args:
            edited = function(args[0])
            return None if edited is None else ((edited, *args[1:]), kwargs)
        edited = function(kwargs["hidden_states"])
        return None if edited is None else (args, {**kwargs, "hidden_states": edited})

    return module.register_forward_pre_hook(hook, with_kwargs=True)


def _after(module: torch.nn.Module, function: Visit) -> RemovableHandle:
    def hook(module: Any, args: Any, output: Any) -> Any:
        state = output[0] if isinstance(output, tuple) else output  # some blocks return a tuple, most a tensor
        edited = function(state)
        if edited is None:
            return None
        return (edited, *output[1:]) if isinstance(output, tuple) else edited

    return module.register_forward_hook(hook)
