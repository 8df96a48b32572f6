"""Reading activations."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import torch

from .architecture import Architecture
from .followed import missed
from .positions import Positions, select
from .prompts import Batch, Encoded
from .sites import Handles, visit


@dataclass(frozen=True)
class Activations:
    """Activations of prompts at layers, as float32 on the CPU unless asked for otherwise."""

    values: dict[str, torch.Tensor]
    """By site: `[prompt, layer, d]`, or `[prompt, layer, position, d]` for `positions="all"`; site `z` has
    `[…, heads, head_dim]` in place of `d`. Left padding is NaN, so that it cannot be counted by mistake."""
    layers: tuple[int, ...]
    positions: Positions
    encoded: tuple[Encoded, ...]
    """The prompts as the model read them."""
    label: Callable[[Encoded], list[str]] = field(repr=False)

    @cached_property
    def labels(self) -> tuple[tuple[str, ...], ...]:
        """The tokens of each prompt as text."""
        return tuple(tuple(self.label(encoded)) for encoded in self.encoded)

    @property
    def tensor(self) -> torch.Tensor:
        """The values, if there is one site.

        Raises:
            ValueError: There are several.
        """
        if len(self.values) > 1:
            raise ValueError(f"there are several sites; choose one with .values[site]: {', '.join(self.values)}")
        return next(iter(self.values.values()))

    def at(self, layer: int, site: str | None = None) -> torch.Tensor:
        """The values of one layer, `[prompt, d]` or `[prompt, position, d]`.

        Raises:
            ValueError: That layer was not read.
        """
        number = layer if layer >= 0 else max(self.layers) + 1 + layer
        if number not in self.layers:
            raise ValueError(f"layer {layer} was not read; layers read: {', '.join(map(str, self.layers))}")
        return (self.tensor if site is None else self.values[site])[:, self.layers.index(number)]

    def tokens(self, layer: int, site: str | None = None) -> torch.Tensor:
        """The values of one layer at all real tokens, `[token, d]`, prompts one after another.

        Raises:
            ValueError: Not all positions were read.
        """
        values = self.at(layer, site)
        if self.positions != "all":
            raise ValueError(f"tokens() needs positions='all', but these were read with {self.positions!r}")
        real = ~values.flatten(2).isnan().all(dim=-1)
        return values[real]

    def __repr__(self) -> str:
        shapes = ", ".join(f"{site} {list(value.shape)}" for site, value in self.values.items())
        return f"Activations({shapes}; layers {list(self.layers)}; positions {self.positions!r})"


class Enough(Exception):
    """Ends a forward pass that has nothing more to give."""


class Captured:
    """The activations of one batch while it runs."""

    def __init__(
        self,
        architecture: Architecture,
        batch: Batch,
        layers: Sequence[int],
        sites: Sequence[str],
        positions: Positions,
        device: str,
        dtype: torch.dtype | None,
        *,
        early: bool,
    ) -> None:
        self._architecture = architecture
        self._chosen = select(batch, positions)
        self._mask = batch.mask.bool()
        self._positions = positions
        self._to = (device, dtype)
        self._found: dict[tuple[str, int], torch.Tensor] = {}
        self._layers, self._sites = layers, sites
        self._early = early

    def hooks(self) -> list[Handles]:
        """Put the reading hooks into the model, after whatever edits it."""
        return [self._hook(layer, site) for layer in self._layers for site in self._sites]

    def check(self) -> None:
        """Tell of what a whole pass did not come to.

        Raises:
            RuntimeError: A module was not called.
        """
        for site in self._sites:
            for layer in self._layers:
                if (site, layer) not in self._found:
                    raise RuntimeError(missed(self._architecture, site, layer, "read"))

    def _hook(self, layer: int, site: str) -> Handles:
        def read(state: torch.Tensor) -> None:
            if (site, layer) not in self._found:
                self._found[site, layer] = self._reduce(state, site)
                if self._early and len(self._found) == len(self._layers) * len(self._sites):
                    raise Enough

        return visit(self._architecture, layer, site, read)

    def _reduce(self, state: torch.Tensor, site: str) -> torch.Tensor:
        device, dtype = self._to
        chosen = self._chosen.to(state.device)
        match self._positions:
            case "last":
                kept = state[:, -1]
            case "all":
                kept = state.masked_fill(~self._mask.to(state.device)[..., None], float("nan"))
            case int():
                kept = state[chosen]
            case _:
                total = state.float().masked_fill(~chosen[..., None], 0).sum(dim=1)
                kept = (total / chosen.sum(dim=1, keepdim=True)).to(dtype or state.dtype)
        # A copy, or the whole state would be kept, and would change with it.
        kept = kept.detach().to(device=device, dtype=dtype or kept.dtype, copy=True)
        if site == "z" and self._architecture.n_heads and kept.shape[-1] % self._architecture.n_heads == 0:
            kept = kept.reshape(*kept.shape[:-1], self._architecture.n_heads, -1)
        return kept

    def stacked(self, site: str) -> torch.Tensor:
        """`[prompt, layer, …]`."""
        return torch.stack([self._found[site, layer] for layer in self._layers], dim=1)


def join(parts: list[torch.Tensor], positions: Positions) -> torch.Tensor:
    """The values of several batches, which may have been padded to different lengths."""
    if positions != "all" or len({part.shape[2] for part in parts}) == 1:
        return torch.cat(parts)
    width = max(part.shape[2] for part in parts)
    padded = []
    for part in parts:
        missing = width - part.shape[2]
        filler = part.new_full((*part.shape[:2], missing, *part.shape[3:]), float("nan"))
        padded.append(torch.cat([filler, part], dim=2))
    return torch.cat(padded)
