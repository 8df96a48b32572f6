"""Places in a block that can be read and edited, by TransformerLens's names.

`resid_pre`, `resid_post`: the residual stream before and after the block. `attn_out`, `mlp_out`: what the attention and
MLP modules return; in Gemma 2 and 3 a norm follows before it is added to the residual stream. In blocks without
attention `attn_out` is what mixes tokens in its place: linear attention, a recurrent layer, a convolution. `z`: the
outputs of the attention heads before the output projection, `[batch, position, heads * head_dim]` inside hooks; only of
layers that have heads.
"""

import threading
from collections.abc import Callable
from typing import Any

import torch
from torch.utils.hooks import RemovableHandle

from ..prefix import is_aside
from .architecture import Architecture
from .trace import STATE_ARGUMENTS

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


def site_module(architecture: Architecture, layer: int, site: str) -> Any:
    """The module at whose call a site is seen.

    Raises:
        LookupError: The layer has nothing of the kind.
    """
    match check_site(site):
        case "resid_pre" | "resid_post":
            return architecture.layers[layer]
        case "attn_out":
            return architecture.attention(layer)
        case "mlp_out":
            return architecture.mlp(layer)
        case _:
            return architecture.out_projection(layer)


def visit(architecture: Architecture, layer: int, site: str, function: Visit) -> "Handles":
    """Call `function` on every pass of this thread through a site until the returned handle is removed.

    Functions at one site are called in the order in which they were put there: a later one sees an earlier one's edit.

    Raises:
        LookupError: The layer has nothing of the kind.
    """
    module = site_module(architecture, layer, site)
    function = _in_this_thread(function)
    if site in ("resid_pre", "resid_post") and architecture.layout.stream is not None:
        function = _of_stream(architecture.layout.stream, function)
    if site in ("resid_pre", "z"):
        return Handles([_before(module, function)])
    block = architecture.layout.blocks[layer]
    if architecture.part_path(layer, site) not in block.flat:
        return Handles([_after(module, function)])
    return _after_flat(architecture.layers[layer], module, function)


class Handles:
    """Hooks that are removed together."""

    def __init__(self, handles: "list[RemovableHandle]") -> None:
        self._handles = handles

    def remove(self) -> None:
        """Take them out."""
        for handle in self._handles:
            handle.remove()


def _in_this_thread(function: Visit) -> Visit:
    owner = threading.get_ident()
    return lambda state: function(state) if threading.get_ident() == owner and not is_aside() else None


def _of_stream(number: int, function: Visit) -> Visit:
    """The active one of several stacked states `[stream, batch, position, d_model]`."""

    def inside(states: torch.Tensor) -> torch.Tensor | None:
        edited = function(states[number])
        return None if edited is None else torch.cat([states[:number], edited[None], states[number + 1 :]])

    return inside


def _before(module: torch.nn.Module, function: Visit) -> RemovableHandle:
    def hook(
        module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
        if args:
            edited = function(args[0])
            return None if edited is None else ((edited, *args[1:]), kwargs)
        name = _state_argument(kwargs)
        edited = function(kwargs[name])
        return None if edited is None else (args, {**kwargs, name: edited})

    return module.register_forward_pre_hook(hook, with_kwargs=True)


def _state_argument(kwargs: dict[str, Any]) -> str:
    return next((name for name in STATE_ARGUMENTS if name in kwargs), STATE_ARGUMENTS[0])


def _after(module: torch.nn.Module, function: Visit) -> RemovableHandle:
    def hook(module: Any, args: Any, output: Any) -> Any:
        state = output[0] if isinstance(output, tuple) else output  # some blocks return a tuple, most a tensor
        edited = function(state)
        if edited is None:
            return None
        return (edited, *output[1:]) if isinstance(output, tuple) else edited

    return module.register_forward_hook(hook)


def _after_flat(block: torch.nn.Module, module: torch.nn.Module, function: Visit) -> Handles:
    """Where all tokens of the batch are in one row, as in OPT and the experts of Llama 4, the block says how many."""
    shapes: list[torch.Size] = []

    def begin(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        shapes[:] = [(args[0] if args else kwargs[_state_argument(kwargs)]).shape]

    def unfolded(state: torch.Tensor) -> torch.Tensor | None:
        edited = function(state.reshape(*shapes[0][:-1], state.shape[-1]))
        return None if edited is None else edited.reshape(state.shape)

    return Handles([block.register_forward_pre_hook(begin, with_kwargs=True, prepend=True), _after(module, unfolded)])
