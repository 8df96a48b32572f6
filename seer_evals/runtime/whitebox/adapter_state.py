"""Which adapters of a model act, changed for a while and put back exactly."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import torch


@contextlib.contextmanager
def active_adapters(model: torch.nn.Module, names: Sequence[str]) -> Iterator[None]:
    """Let only these adapters act inside of a `with` block, none for an empty list; then everything is as it was.

    PEFT's own `disable_adapter` and `set_adapter` change which weights ask for gradients, and leave them changed.

    Raises:
        ValueError: The model has no adapter, or none of that name.
    """
    layers = tuner_layers(model)
    there = adapter_names(model)
    if missing := [name for name in names if name not in there]:
        raise ValueError(f"no adapter {missing[0]!r}; there are: {', '.join(there)}")
    before = [(layer, layer._disable_adapters, layer._active_adapter) for layer in layers]
    try:
        for layer in layers:
            layer._disable_adapters = not names
            if names:
                layer._active_adapter = [*names]
        yield
    finally:
        for layer, disabled, active in before:
            layer._disable_adapters, layer._active_adapter = disabled, active


def tuner_layers(model: torch.nn.Module) -> list[Any]:
    """The modules that PEFT has put adapters into.

    Raises:
        ValueError: There are none.
    """
    layers = _tuner_layers(model)
    if not layers:
        raise ValueError("this model has no adapter")
    return layers


def has_adapter(model: torch.nn.Module) -> bool:
    """Whether PEFT has put an adapter into the model."""
    return bool(_tuner_layers(model))


def _tuner_layers(model: torch.nn.Module) -> list[Any]:
    from peft.tuners.tuners_utils import BaseTunerLayer

    return [module for module in model.modules() if isinstance(module, BaseTunerLayer)]


def adapter_names(model: torch.nn.Module) -> list[str]:
    """Names of the adapters that are loaded.

    Raises:
        ValueError: There are none.
    """
    return sorted({name for layer in tuner_layers(model) for name in layer._all_available_adapter_names()})
