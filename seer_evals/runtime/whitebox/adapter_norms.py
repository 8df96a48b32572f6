"""How much an adapter changes each module's weights."""

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch

from ..blocks import inner_model
from .adapter_state import adapter_configs, check_biases, names_in, switches, unmerged
from .language_model import LanguageModel
from .table import Table


@dataclass(frozen=True)
class _Change:
    """What one adapter does to the weights of one module."""

    module: str
    norm: float
    own: float
    """Norm of the weights that are changed."""
    first: float
    """Largest singular value of the update."""

    def row(self) -> list[Any]:
        relative = self.norm / self.own if self.own else float("nan")
        return [self.module, self.norm, relative, self.first**2 / max(self.norm**2, 1e-20)]


@torch.no_grad()
def adapter_norms(lm: LanguageModel) -> Table:
    """How much the adapter changes each module's weights, largest first.

    `norm` is the Frobenius norm of the update, in whatever form PEFT keeps it (LoRA, DoRA, whole modules, rows of
    embeddings, experts, …), `relative` that norm over the weight's own, `first` the share of the update's squared norm
    in its largest singular value: 1 for an update of rank one. Experts count as one block-diagonal matrix.

    Raises:
        ValueError: The model has no adapter, or one that cannot be written as a change of weights.
    """
    layers = switches(lm.model)
    check_biases(lm.model)
    paths = _paths(lm)
    with lm.locked(), unmerged(layers):
        changes = [change for layer in layers for change in _changes(lm, layer, paths[id(layer)])]
    return Table(
        ["module", "norm", "relative", "first"], sorted((change.row() for change in changes), key=lambda row: -row[1])
    )


def _paths(lm: LanguageModel) -> dict[int, str]:
    """Module -> its name in the decoder, or in the model if it is outside of that."""
    inner = inner_model(lm.model)
    found = {id(module): name for name, module in inner.named_modules()}
    return found | {id(module): name for name, module in lm.architecture.decoder.named_modules()}


def _changes(lm: LanguageModel, layer: Any, path: str) -> Iterator[_Change]:
    from peft.tuners.lora.layer import ParamWrapper
    from peft.tuners.trainable_tokens import TrainableTokensLayer
    from peft.utils.other import ModulesToSaveWrapper, TrainableTokensWrapper

    if isinstance(layer, TrainableTokensWrapper):
        return  # the layer within it is visited as well
    for name in (name for name in layer.active_adapters if name in names_in(layer)):
        if isinstance(layer, ModulesToSaveWrapper):
            yield from _saved(layer, name, path)
        elif isinstance(layer, TrainableTokensLayer):
            update = layer.trainable_tokens_delta[name].float() - layer.trainable_tokens_original[name].float()
            yield _change(path.removesuffix(".token_adapter"), {"weight": update}, [layer.get_base_layer().weight])
        elif isinstance(layer, ParamWrapper):
            where = f"{path.replace('.base_layer', '')}.{layer.parameter_name}"
            yield _change(where, {"weight": layer.get_delta_weight(name).float()}, [layer.get_param()])
        elif (factors := _factors(layer, name)) is not None:
            yield _low_rank(layer, path, *factors)
        else:
            yield _merged(lm, layer, name, path)


def _saved(wrapper: Any, name: str, path: str) -> Iterator[_Change]:
    """Of each part with parameters of an adapter's own copy of a module."""
    originals = dict(wrapper.original_module.named_modules())
    for part, module in wrapper.modules_to_save[name].named_modules():
        own = dict(originals[part].named_parameters(recurse=False))
        updates = {
            key: value.float() - own[key].to(value.device).float()
            for key, value in module.named_parameters(recurse=False)
        }
        if updates:
            yield _change(f"{path}.{part}" if part else path, updates, list(own.values()))


def _factors(layer: Any, name: str) -> tuple[torch.Tensor, torch.Tensor, float] | None:
    """The two matrices and the scaling of plain LoRA; None for all other forms."""
    from peft.tuners.lora import Embedding, LoraLayer

    if not isinstance(layer, LoraLayer) or name in layer.lora_variant:
        return None
    if isinstance(layer, Embedding):
        return layer.lora_embedding_A[name], layer.lora_embedding_B[name], layer.scaling[name]
    first, second = layer.lora_A[name], layer.lora_B[name]
    if not isinstance(first, torch.nn.Linear) or second.bias is not None:
        return None
    return first.weight, second.weight, layer.scaling[name]


def _low_rank(layer: Any, path: str, first: torch.Tensor, second: torch.Tensor, scaling: float) -> _Change:
    """Of `scaling * second @ first`, without making it."""
    _, inner = torch.linalg.qr(second.detach().float())
    _, outer = torch.linalg.qr(first.detach().float().T)
    values = torch.linalg.svdvals(inner @ outer.T) * abs(scaling)
    return _Change(path, float(values.norm()), _length([layer.get_base_layer().weight]), float(values[0]))


def _merged(lm: LanguageModel, layer: Any, name: str, path: str) -> _Change:
    """By merging the adapter into a copy of the module, which is how PEFT itself says what it amounts to."""
    kind = getattr(adapter_configs(lm.model).get(name), "peft_type", type(layer).__name__)
    kind = str(getattr(kind, "value", kind))
    before = dict(layer.get_base_layer().named_parameters())
    if not all(value.is_floating_point() for value in before.values()):
        raise ValueError(f"{path} is quantised, and adapter {name!r} ({kind}) has no norm there: load it in bf16")
    double = copy.deepcopy(layer).float()
    try:
        double.merge(adapter_names=[name])
    except (NotImplementedError, RuntimeError, ValueError) as error:
        raise ValueError(f"adapter {name!r} ({kind}) at {path} is no change of weights: {error}") from error
    after = double.get_base_layer().named_parameters()
    updates = {key: value - before[key].float() for key, value in after}
    changed = [key for key, update in updates.items() if bool(update.any())] or list(updates)
    return _change(path, {key: updates[key] for key in changed}, [before[key] for key in changed])


def _change(path: str, updates: dict[str, torch.Tensor], own: list[torch.Tensor]) -> _Change:
    norm = math.sqrt(sum(float(update.norm()) ** 2 for update in updates.values()))
    return _Change(path, norm, _length(own), max(_largest(update) for update in updates.values()))


def _length(weights: list[torch.Tensor]) -> float:
    """Norm of all of them together; not a number if they are quantised."""
    if not all(weight.is_floating_point() for weight in weights):
        return float("nan")
    return math.sqrt(sum(float(weight.detach().float().norm()) ** 2 for weight in weights))


def _largest(update: torch.Tensor) -> float:
    """Largest singular value of a matrix, or of a stack of them, by way of the smaller Gram matrix."""
    if update.dim() < 2:
        return float(update.norm())
    matrices = update if update.dim() == 3 else update.flatten(1)
    wide = matrices.shape[-1] > matrices.shape[-2]
    gram = matrices @ matrices.mT if wide else matrices.mT @ matrices
    return math.sqrt(max(float(torch.linalg.eigvalsh(gram).max()), 0.0))
