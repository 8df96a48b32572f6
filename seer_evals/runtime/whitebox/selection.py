"""Choosing among directions by what they do to held-out prompts (Arditi et al. 2024, arXiv:2406.11717).

A direction is good if using it takes a behaviour away and leaves harmless prompts as they were.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from .direction import Direction
from .directions import differences_of_means
from .edits import Ablate, Edit
from .language_model import LanguageModel
from .prompts import Prompt
from .table import Table

Measure = Callable[[LanguageModel, Sequence[Prompt]], float]
"""How much of a behaviour a model shows on prompts."""

Use = Callable[[LanguageModel, Direction], Sequence[Edit]]
"""The edits by which a direction is tried."""

MAX_KL = 0.1
"""Nats that the next-token distribution after harmless prompts may move."""
LAST = 0.2
"""Share of the layers, the last ones, in which none is chosen: there a direction acts on the output tokens directly."""


@dataclass(frozen=True)
class Selection:
    """Which direction was chosen, and what all of them did."""

    best: Direction
    before: float
    """The measure without any edit."""
    after: float
    """The measure with the best direction in use."""
    table: Table
    """All candidates: `layer`, `made`, `measure`, `kl` (nats), and why one was left out."""

    def __repr__(self) -> str:
        return f"{self.best}: {self.before:.3g} -> {self.after:.3g}\n{self.table}"


def candidates(
    lm: LanguageModel, positive: Sequence[Prompt], negative: Sequence[Prompt], positions: Sequence[int] = (-1,)
) -> list[Direction]:
    """Differences of means at every layer and each of several tokens, counted from the end if negative."""
    return [each for position in positions for each in differences_of_means(lm, positive, negative, positions=position)]


def everywhere(lm: LanguageModel, direction: Direction) -> list[Edit]:
    """Remove a direction before and after every block, whichever block it is from (equation 4 of the paper)."""
    blocks = range(lm.n_layers)
    return [
        Ablate(layer=blocks, site=site, vector=direction.vector, made=direction.made)
        for site in ("resid_pre", "resid_post")
    ]


def centred(lm: LanguageModel, direction: Direction) -> list[Edit]:
    """Set a direction to its center, after its own block only: the center was measured there."""
    return [direction.ablate(centred=True)]


def select(
    lm: LanguageModel,
    directions: Sequence[Direction],
    prompts: Sequence[Prompt],
    harmless: Sequence[Prompt],
    measure: Measure,
    *,
    use: Use = everywhere,
    max_kl: float = MAX_KL,
) -> Selection:
    """Try each direction and choose the one that leaves least of the behaviour.

    Args:
        lm: The model.
        directions: The candidates; those in the last fifth of the layers are left out.
        prompts: Show the behaviour; none of those that the directions were made from.
        harmless: Must be answered as before; likewise held out.
        measure: How much of the behaviour there is; less is better.
        use: The edits to try a direction with; ablation everywhere by default.
        max_kl: Mean KL divergence in nats, of the next token after harmless prompts, that is too much.

    Raises:
        ValueError: No candidate is left; the message has the table.
    """
    before, plain = measure(lm, prompts), lm.logits(harmless).log_softmax(dim=-1)
    tried = [_try(lm, direction, prompts, plain, harmless, measure, use) for direction in directions]
    rows = [
        [each.layer, each.made, value, kl, _objection(lm, each, value >= before, kl, max_kl)]
        for each, (value, kl) in zip(directions, tried, strict=True)
    ]
    table = Table(["layer", "made", "measure", "kl", "left out"], rows, f"measure without edits: {before:.3g}")
    left = [(value, i) for i, (value, _) in enumerate(tried) if not rows[i][4]]
    if not left:
        raise ValueError(f"no direction is left; give more prompts, or a larger max_kl than {max_kl}\n{table}")
    after, best = min(left)
    return Selection(directions[best], before, after, table)


def _try(
    lm: LanguageModel,
    direction: Direction,
    prompts: Sequence[Prompt],
    plain: torch.Tensor,
    harmless: Sequence[Prompt],
    measure: Measure,
    use: Use,
) -> tuple[float, float]:
    with lm.steer(*use(lm, direction)):
        value, edited = measure(lm, prompts), lm.logits(harmless).log_softmax(dim=-1)
    return value, float((plain.exp() * (plain - edited)).sum(dim=-1).mean())


def _objection(lm: LanguageModel, direction: Direction, useless: bool, kl: float, max_kl: float) -> str:
    if useless:
        return "no effect"
    if direction.layer >= (1 - LAST) * lm.n_layers:
        return "last layers"
    return "" if kl < max_kl else f"kl over {max_kl:g}"


def log_odds_of(*texts: str) -> Measure:
    """A measure: mean log-odds (nats) that the next token is the first token of one of `texts`."""

    def measure(lm: LanguageModel, prompts: Sequence[Prompt]) -> float:
        tokens = sorted({lm.token_id(text) for text in texts})
        logs = lm.logits(prompts).double().log_softmax(dim=-1)
        chosen = logs[:, tokens].logsumexp(dim=-1)
        others = torch.ones(logs.shape[-1], dtype=torch.bool)
        others[tokens] = False
        return float((chosen - logs[:, others].logsumexp(dim=-1)).mean())

    return measure
