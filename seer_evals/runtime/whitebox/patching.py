"""Activation patching (Meng et al. 2022, arXiv:2202.05262): which activations make two prompts differ in effect."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from typing_extensions import override

from .edits import Edit
from .language_model import BATCH, LanguageModel
from .passes import Pass
from .prompts import Prompt, collate
from .table import Table

Metric = Callable[[torch.Tensor], torch.Tensor]
"""From next-token logits `[run, vocabulary]` to one number per run."""


@dataclass(frozen=True)
class Patching:
    """The effect of putting each of one run's activations into another run."""

    effects: torch.Tensor
    """`[layer, position]`: 0 where nothing changes, 1 where the receiving run answers as the giving one."""
    layers: list[int]
    labels: list[str]
    """Tokens of the receiving prompt."""
    given: float
    """The metric of the prompt whose activations are put in."""
    received: float
    """The metric of the prompt that receives them."""

    def table(self) -> Table:
        """Layers down, positions across."""
        columns = ["layer", *(f"{i} {label!r}" for i, label in enumerate(self.labels))]
        return Table(columns, [[layer, *row] for layer, row in zip(self.layers, self.effects.tolist(), strict=True)])

    def strongest(self, top: int = 10) -> Table:
        """The places with the largest effects."""
        flat = self.effects.flatten()
        order = flat.abs().argsort(descending=True)[:top].tolist()
        width = self.effects.shape[1]
        rows = [[self.layers[i // width], i % width, self.labels[i % width], float(flat[i])] for i in order]
        return Table(["layer", "position", "token", "effect"], rows)

    def plot(self) -> Any:
        """A heat map as a matplotlib figure."""
        import matplotlib.pyplot as plt

        figure, axes = plt.subplots(figsize=(1.5 + 0.45 * len(self.labels), 1.5 + 0.3 * len(self.layers)))
        image = axes.imshow(self.effects, cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto", origin="lower")
        axes.set_xticks(range(len(self.labels)), [repr(label) for label in self.labels], rotation=90)
        axes.set_yticks(range(len(self.layers)), [str(layer) for layer in self.layers])
        axes.set_xlabel("position")
        axes.set_ylabel("layer")
        figure.colorbar(image, label="effect")
        figure.tight_layout()
        return figure

    def __repr__(self) -> str:
        return repr(self.strongest())


def logit_difference(lm: LanguageModel, right: str, wrong: str) -> Metric:
    """Logit of the first token of `right` minus that of `wrong`."""
    first, second = lm.token_id(right), lm.token_id(wrong)
    if first == second:
        raise ValueError(f"{right!r} and {wrong!r} begin with the same token")
    return lambda logits: logits[:, first] - logits[:, second]


def patch(
    lm: LanguageModel,
    giving: Prompt,
    receiving: Prompt,
    metric: Metric,
    *,
    layers: int | Sequence[int] | None = None,
    site: str = "resid_post",
    batch_size: int = BATCH,
) -> Patching:
    """Put the activations of one prompt into the run of another, one layer and position at a time.

    Args:
        lm: The model.
        giving: The prompt whose activations are taken (the clean one, for denoising).
        receiving: The prompt whose run is patched (the corrupted one); as many tokens as `giving`.
        metric: What is measured, such as `logit_difference(lm, " Paris", " Rome")`.
        layers: Which blocks; all of them by default.
        site: Where in the block.
        batch_size: Positions per pass.

    Returns:
        Effects, normalised so that 0 is the receiving and 1 the giving prompt's metric.

    Raises:
        ValueError: The prompts differ in length, or the metric does not tell them apart.
    """
    given, received = lm.encode(giving), lm.encode(receiving)
    if len(given.ids) != len(received.ids):
        raise ValueError(
            f"the prompts have {len(given.ids)} and {len(received.ids)} tokens; patching needs as many in both: "
            f"{lm.labels(given)} and {lm.labels(received)}"
        )
    ends = metric(lm.logits([given.ids, received.ids]))
    top, bottom = float(ends[0]), float(ends[1])
    if abs(top - bottom) < 1e-6:
        raise ValueError(f"the metric is {top:.4g} for both prompts: there is no difference that a patch could carry")
    acts = lm.activations([given.ids], layers, site=site, positions="all", dtype=None)
    states = acts.values[site].flatten(3) if site == "z" else acts.values[site]
    rows = []
    for i, layer in enumerate(acts.layers):
        found = []
        for start in range(0, len(received.ids), batch_size):
            positions = list(range(start, min(start + batch_size, len(received.ids))))
            batch = collate([received] * len(positions), 0, lm.device)
            swap = _SwapEach(layer=layer, site=site, values=states[0, i, positions], indices=positions)
            with lm.steer(swap):
                found.append(metric(lm.forward(batch, keep=1)[:, -1].float().cpu()))
        rows.append((torch.cat(found) - bottom) / (top - bottom))
    return Patching(torch.stack(rows), list(acts.layers), lm.labels(received), top, bottom)


@dataclass(frozen=True, kw_only=True, eq=False)
class _SwapEach(Edit):
    """Another position in each row of the batch."""

    values: torch.Tensor
    """`[row, d]`."""
    indices: list[int]
    """The position in each row."""

    @override
    def __call__(self, state: torch.Tensor, current: Pass) -> torch.Tensor:
        edited = state.clone()
        rows = torch.arange(len(self.indices), device=state.device)
        edited[rows, torch.tensor(self.indices, device=state.device)] = self.values.to(state)
        return edited
