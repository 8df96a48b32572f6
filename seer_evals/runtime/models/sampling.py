"""Chooses the next token of every text in a batch."""

from collections.abc import Sequence
from typing import NamedTuple

import torch

GREEDY_BELOW = 1e-5
"""Temperatures at which logits divided by them would overflow."""


class Filter(NamedTuple):
    """What a token is drawn from."""

    temperature: float
    """0 is greedy."""
    top_p: float
    """The likeliest tokens that have this probability together."""
    top_k: int
    """This many likeliest tokens; 0 for all."""


def choose(logits: torch.Tensor, filters: Sequence[Filter], draws: Sequence[float]) -> list[int]:
    """One token for each text.

    Args:
        logits: `[text, vocabulary]`, float32.
        filters: One for each text.
        draws: For each text a number between 0 and 1 that decides; greedy ones ignore it.
    """
    chosen = logits.argmax(dim=-1)
    for each in {item: None for item in filters if item.temperature >= GREEDY_BELOW}:
        rows = [i for i, item in enumerate(filters) if item == each]
        numbers = torch.tensor([draws[i] for i in rows], dtype=torch.float64, device=logits.device)
        chosen[rows] = _draw(_filtered(logits[rows], each), numbers)
    tokens: list[int] = chosen.tolist()
    return tokens


def _filtered(logits: torch.Tensor, each: Filter) -> torch.Tensor:
    """Probabilities `[text, vocabulary]`, zero for what is left out and not normalised."""
    probabilities = (logits / each.temperature).softmax(dim=-1)
    if each.top_k:
        kept = probabilities.topk(min(each.top_k, probabilities.shape[-1]), dim=-1)
        probabilities = torch.zeros_like(probabilities).scatter(-1, kept.indices, kept.values)
    if each.top_p < 1:
        ordered, order = probabilities.sort(dim=-1, descending=True)
        before = ordered.cumsum(dim=-1) - ordered
        outside = before >= each.top_p * ordered.sum(dim=-1, keepdim=True)
        probabilities = torch.zeros_like(probabilities).scatter(-1, order, ordered.masked_fill(outside, 0.0))
    return probabilities


def _draw(probabilities: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:
    """The tokens at which the cumulative probability passes `numbers` `[text]`."""
    cumulative = probabilities.double().cumsum(dim=-1)
    # Strictly above: what has no probability is never chosen.
    found = torch.searchsorted(cumulative, numbers[:, None] * cumulative[:, -1:], right=True)[:, 0]
    last = (probabilities > 0).long().cumsum(dim=-1).argmax(dim=-1)
    return torch.minimum(found, last)
