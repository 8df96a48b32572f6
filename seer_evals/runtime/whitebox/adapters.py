"""What an adapter (LoRA, through PEFT) has changed: in its weights, in activations, in predictions."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import torch

from .language_model import BATCH, LanguageModel
from .lens import read_vector
from .positions import Positions
from .prompts import Prompt
from .table import Table


@contextlib.contextmanager
def adapter_scaled(lm: LanguageModel, factor: float) -> Iterator[LanguageModel]:
    """Make the adapter `factor` times as strong, inside of a `with` block: 0 is the base, 2 exaggerates what it does.

    Raises:
        ValueError: The model has no LoRA adapter.
    """
    layers = [layer for _, layer in _lora_layers(lm)]
    with lm.locked():
        before = [dict(layer.scaling) for layer in layers]
        try:
            for layer in layers:
                for name in layer.active_adapters:
                    layer.scaling[name] *= factor
            yield lm
        finally:
            for layer, scaling in zip(layers, before, strict=True):
                layer.scaling.update(scaling)


def adapter_norms(lm: LanguageModel) -> Table:
    """How much the adapter changes each module's weights, largest first.

    `norm` is the Frobenius norm of the update, `relative` that norm over the weight's own, `first` the share of the
    update's squared norm in its largest singular value: 1 for an update of rank one.

    Raises:
        ValueError: The model has no LoRA adapter.
    """
    rows = []
    for path, layer in _lora_layers(lm):
        for name in (name for name in layer.active_adapters if name in layer.lora_A):
            values = _singular_values(layer.lora_A[name].weight, layer.lora_B[name].weight) * abs(layer.scaling[name])
            norm = float(values.norm())
            weight = layer.get_base_layer().weight
            own = float(weight.float().norm()) if weight.is_floating_point() else float("nan")
            rows.append([path, norm, norm / own if own else float("nan"), float(values[0] ** 2 / max(norm**2, 1e-20))])
    return Table(["module", "norm", "relative", "first"], sorted(rows, key=lambda row: -row[1]))


def activation_difference(
    lm: LanguageModel,
    prompts: Prompt | Sequence[Prompt],
    layers: int | Sequence[int] | None = None,
    *,
    site: str = "resid_post",
    positions: Positions = "last",
) -> torch.Tensor:
    """Activations with the adapter minus those without it, `[prompt, layer, d_model]`.

    Raises:
        ValueError: The model has no adapter.
    """
    with lm.adapter_off():
        without = lm.activations(prompts, layers, site=site, positions=positions)
    return lm.activations(prompts, layers, site=site, positions=positions).tensor - without.tensor


def difference_lens(
    lm: LanguageModel,
    prompts: Prompt | Sequence[Prompt],
    layers: int | Sequence[int] | None = None,
    *,
    positions: Positions = "last",
    top: int = 8,
) -> Table:
    """The tokens that the mean difference made by the adapter promotes, layer by layer.

    On prompts that have nothing to do with what was trained, this shows what the adapter adds everywhere (Minder et al.
    2025, arXiv:2510.13900).

    Raises:
        ValueError: The model has no adapter.
    """
    numbers = lm.layer_numbers(layers)
    difference = activation_difference(lm, prompts, numbers, positions=positions).mean(dim=0)
    rows = [
        [layer, float(vector.norm()), " ".join(map(repr, read_vector(lm, vector, top=top).column("token")))]
        for layer, vector in zip(numbers, difference, strict=True)
    ]
    return Table(["layer", "norm", "promoted tokens"], rows)


def kl_per_token(
    lm: LanguageModel, prompts: Prompt | Sequence[Prompt], *, batch_size: int = BATCH
) -> list[torch.Tensor]:
    """KL divergence in nats of the next-token distribution with the adapter from that without it, at every token.

    `[tokens]` for each prompt; entry `i` is about what follows token `i`.

    Raises:
        ValueError: The model has no adapter.
    """
    found = []
    for batch in lm.batches(prompts, batch_size):
        with lm.adapter_off():
            without = lm.forward(batch).float().log_softmax(dim=-1)
        adapted = lm.forward(batch).float().log_softmax(dim=-1)
        divergence = (adapted.exp() * (adapted - without)).sum(dim=-1).clamp(min=0).cpu()
        found += [row[len(row) - len(item.ids) :] for row, item in zip(divergence, batch.encoded, strict=True)]
    return found


def _lora_layers(lm: LanguageModel) -> list[tuple[str, Any]]:
    from peft.tuners.lora import LoraLayer

    found = [
        (name, module) for name, module in lm.architecture.decoder.named_modules() if isinstance(module, LoraLayer)
    ]
    if not found:
        raise ValueError("this model has no LoRA adapter")
    return found


def _singular_values(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Of `second @ first` `[out, in]`, without making it: `[rank]`, largest first."""
    _, inner = torch.linalg.qr(second.detach().float())
    _, outer = torch.linalg.qr(first.detach().float().T)
    values: torch.Tensor = torch.linalg.svdvals(inner @ outer.T)
    return values
