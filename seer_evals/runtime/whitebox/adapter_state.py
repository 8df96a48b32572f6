"""Which adapters of a model act: PEFT's own inventory of them, changed for a while and put back exactly."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import torch

from ..soft_prompt import soft_config

ALONE = ("ADAPTION_PROMPT", "MULTITASK_PROMPT_TUNING", "POLY", "SHADOW", "XLORA")
"""Types of PEFT that change the passes themselves, by prompts, tasks or mixtures, and not what modules compute."""


@contextlib.contextmanager
def active_adapters(model: torch.nn.Module, names: Sequence[str]) -> Iterator[None]:
    """Let only these adapters act inside of a `with` block, none for an empty list; then everything is as it was.

    PEFT's own `disable_adapter` and `set_adapter` change which weights ask for gradients, and leave them changed.
    Adapters that are merged into the weights are taken out for the time.

    Raises:
        ValueError: The model has no adapter, or none of that name; or PEFT cannot let these act together, or not alone.
    """
    there = adapter_names(model)
    if soft_config(model) is not None:
        with _soft(model, names, there):
            yield
        return
    if missing := [name for name in names if name not in there]:
        raise ValueError(f"no adapter {missing[0]!r}; there are: {', '.join(there)}")
    check_biases(model, names)
    layers = switches(model)
    chosen = [_present(layer, names) for layer in layers]
    before = [(layer, layer._disable_adapters, layer._active_adapter) for layer in layers]
    with unmerged(layers):
        try:
            for layer, present in zip(layers, chosen, strict=True):
                layer._disable_adapters = not names
                if names:
                    layer._active_adapter = present
            yield
        finally:
            for layer, disabled, active in before:
                layer._disable_adapters, layer._active_adapter = disabled, active


@contextlib.contextmanager
def _soft(model: Any, names: Sequence[str], there: Sequence[str]) -> Iterator[None]:
    """Virtual tokens: one adapter's at a time, or none."""
    if len(names) > 1 or not set(names) <= set(there):
        raise ValueError(f"of adapters that are soft prompts one acts at a time, not {[*names]}; there are: {[*there]}")
    if not names:
        with model.disable_adapter():
            yield
        return
    before, disabled = model.active_adapter, model._adapters_disabled
    model.active_adapter, model._adapters_disabled = names[0], False
    try:
        yield
    finally:
        model.active_adapter, model._adapters_disabled = before, disabled


def _present(layer: Any, names: Sequence[str]) -> list[str]:
    """The adapters among `names` that a module is to be told of, as PEFT's `set_adapter` would."""
    from peft.tuners.trainable_tokens import TrainableTokensLayer
    from peft.utils.other import AuxiliaryTrainingWrapper

    if not isinstance(layer, AuxiliaryTrainingWrapper | TrainableTokensLayer):
        return [*names]
    present = [name for name in names if name in names_in(layer)]
    if len(present) > 1:
        raise ValueError(
            f"adapters {', '.join(present)} each bring parts of their own in place of the same module "
            "(modules_to_save, trainable tokens): PEFT lets one of them act at a time"
        )
    return present


@contextlib.contextmanager
def unmerged(layers: Sequence[Any]) -> Iterator[None]:
    """Take merged adapters out of the weights inside of a `with` block, and put back exactly the weights of before."""
    kept: list[tuple[Any, list[str], dict[str, torch.Tensor]]] = []
    try:
        for layer in layers:
            if getattr(layer, "merged_adapters", None):
                weights = {name: value.detach().clone() for name, value in layer.get_base_layer().named_parameters()}
                kept.append((layer, [*layer.merged_adapters], weights))
                layer.unmerge()
        yield
    finally:
        for layer, names, weights in reversed(kept):
            layer.merge(adapter_names=names)
            for name, value in layer.get_base_layer().named_parameters():
                value.data.copy_(weights[name])  # what was added again has been rounded


def switches(model: torch.nn.Module) -> list[Any]:
    """The modules in which PEFT lets adapters act or not: tuner layers, whole modules and rows of embeddings.

    Raises:
        ValueError: There are none.
    """
    layers = _switches(model)
    if not layers:
        if (config := soft_config(model)) is not None:
            raise ValueError(f"this model's adapter is a soft prompt ({config.peft_type.value}): it changes no weights")
        raise ValueError("this model has no adapter")
    return layers


def has_adapter(model: torch.nn.Module) -> bool:
    """Whether PEFT has put an adapter into the model."""
    return soft_config(model) is not None or bool(_switches(model))


def _switches(model: torch.nn.Module) -> list[Any]:
    from peft.tuners.tuners_utils import BaseTunerLayer
    from peft.utils.other import AuxiliaryTrainingWrapper

    return [module for module in model.modules() if isinstance(module, BaseTunerLayer | AuxiliaryTrainingWrapper)]


def adapter_names(model: torch.nn.Module) -> list[str]:
    """Names of the adapters that are loaded.

    Raises:
        ValueError: There are none.
    """
    if soft_config(model) is not None:
        return sorted(adapter_configs(model))
    return sorted({name for layer in switches(model) for name in names_in(layer)})


def names_in(layer: Any) -> list[str]:
    """The adapters that have something in a module of PEFT."""
    if hasattr(layer, "_all_available_adapter_names"):
        return list(layer._all_available_adapter_names())
    return sorted(layer._get_available_adapters())


def adapter_configs(model: Any) -> dict[str, Any]:
    """PEFT's configuration of each adapter, by name."""
    return dict(getattr(model, "peft_config", None) or {})


def check_adapters(model: Any) -> None:
    """Refuse adapters that no switch, scale or norm of single modules describes.

    Raises:
        TypeError: An adapter acts by tasks, mixtures or invocation tokens.
    """
    for name, config in adapter_configs(model).items():
        kind = str(getattr(config.peft_type, "value", config.peft_type))
        if kind in ALONE or getattr(config, "alora_invocation_tokens", None):
            kind = kind if kind in ALONE else "activated LoRA"
            raise TypeError(
                f"adapter {name!r} is of type {kind}: when it acts is decided outside of the modules that it changes, "
                "so that it cannot be read, switched and scaled here; use PEFT itself"
            )


def check_biases(model: Any, acting: Sequence[str] = ()) -> None:
    """Refuse to take out an adapter that has written its biases over those of the base.

    Raises:
        ValueError: An adapter other than those `acting` was trained with `bias` other than "none".
    """
    for name, config in adapter_configs(model).items():
        bias = getattr(config, "bias", None)
        if name not in acting and isinstance(bias, str) and bias != "none":
            raise ValueError(
                f"adapter {name!r} was trained with bias={bias!r}: its biases have replaced those of the base, so that "
                "without it the model is not its base; load the base by itself to compare"
            )
