"""What an adapter (of PEFT) has changed: in its weights, in activations, in predictions."""

from collections.abc import Sequence

import torch

from .adapter_norms import adapter_norms
from .adapter_scale import adapter_scaled
from .language_model import BATCH, LanguageModel
from .lens import read_vector
from .positions import Positions
from .prompts import Prompt
from .table import Table

__all__ = [
    "activation_difference",
    "adapter_norms",
    "adapter_scaled",
    "difference_lens",
    "kl_per_token",
]


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
