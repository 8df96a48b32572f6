"""How strongly an adapter acts."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import torch

from .adapter_state import check_biases, switches, unmerged
from .language_model import LanguageModel

Undo = Callable[[], Any]


@contextlib.contextmanager
def adapter_scaled(lm: LanguageModel, factor: float) -> Iterator[LanguageModel]:
    """Make the adapter `factor` times as strong, inside of a `with` block: 0 is the base, 2 exaggerates what it does.

    Of every adapted module, the difference from the base is multiplied: LoRA by its own scaling, whole modules and rows
    of embeddings in their weights, all others (DoRA, LoHa, IA3, OFT and the like) in their outputs.

    Raises:
        ValueError: The model has no adapter, or one that has replaced biases of the base.
    """
    layers = switches(lm.model)
    check_biases(lm.model)
    with lm.locked(), unmerged(layers), contextlib.ExitStack() as stack:
        blended: set[int] = set()
        for layer in layers:
            for undo in _scale(layer, factor, blended):
                stack.callback(undo)
        yield lm


def _scale(layer: Any, factor: float, blended: set[int]) -> list[Undo]:
    """Scale what a module of PEFT does; returns what undoes it."""
    from peft.tuners.lora import LoraLayer
    from peft.tuners.trainable_tokens import TrainableTokensLayer
    from peft.utils.other import ModulesToSaveWrapper, TrainableTokensWrapper

    if isinstance(layer, TrainableTokensWrapper):
        return []  # the layer within it is visited as well
    if isinstance(layer, ModulesToSaveWrapper | TrainableTokensLayer):
        pairs = _saved(layer) if isinstance(layer, ModulesToSaveWrapper) else _rows(layer)
        return [_blend(own, base, factor) for own, base in pairs if _first_time(own, blended)]
    if isinstance(layer, LoraLayer) and not any(name in layer.lora_variant for name in layer.active_adapters):
        return [_rescale(layer, factor)]
    return [layer.register_forward_hook(_Interpolate(factor), with_kwargs=True).remove]


def _first_time(parameter: torch.Tensor, blended: set[int]) -> bool:
    """Tied modules share parameters, which are not to be scaled twice."""
    new = id(parameter) not in blended
    blended.add(id(parameter))
    return new


def _saved(wrapper: Any) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """The parameters of an adapter's own copy of a module beside those of the original."""
    present = [name for name in wrapper.active_adapters if name in wrapper.modules_to_save]
    return [
        (own, base)
        for name in present
        for own, base in zip(
            wrapper.modules_to_save[name].parameters(), wrapper.original_module.parameters(), strict=True
        )
    ]


def _rows(layer: Any) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """An adapter's own rows of an embedding beside the original ones."""
    present = [name for name in layer.active_adapters if name in layer.trainable_tokens_delta]
    return [(layer.trainable_tokens_delta[name], layer.trainable_tokens_original[name]) for name in present]


def _blend(own: torch.Tensor, base: torch.Tensor, factor: float) -> Undo:
    kept = own.data
    start = base.detach().to(device=kept.device, dtype=torch.float32)
    own.data = (start + factor * (kept.float() - start)).to(kept.dtype)
    return lambda: setattr(own, "data", kept)


def _rescale(layer: Any, factor: float) -> Undo:
    kept = dict(layer.scaling)
    for name in layer.active_adapters:
        if name in layer.scaling:
            layer.scaling[name] *= factor
    return lambda: layer.scaling.update(kept)


class _Interpolate:
    """A hook that moves an adapted module's output along the line from the base's."""

    def __init__(self, factor: float) -> None:
        self._factor = factor

    @torch.no_grad()
    def _without(self, layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> torch.Tensor:
        layer._disable_adapters = True
        try:
            found: torch.Tensor = layer.forward(*args, **kwargs)
            return found
        finally:
            layer._disable_adapters = False

    def __call__(self, layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> Any:
        if layer._disable_adapters:
            return None
        base = self._without(layer, args, kwargs)
        if self._factor == 0:
            return base  # exactly, whatever the adapter makes of it
        return (base.float() + self._factor * (output.float() - base.float())).to(output.dtype)
