"""The logit lens (nostalgebraist 2020) and the tuned lens (Belrose et al. 2023, arXiv:2303.08112)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from .activations import Activations
from .language_model import LanguageModel
from .positions import Positions
from .prompts import Prompt
from .table import Table


@torch.no_grad()
def unembed(lm: LanguageModel, states: torch.Tensor) -> torch.Tensor:
    """Logits `[…, vocabulary]` of residual stream states `[…, d_model]`, float32 on the CPU.

    Through the final norm, the head, the logit scale and the softcap, so that the state after the last block gives the
    model's own logits.

    Raises:
        ValueError: The model makes its logits in another way.
    """
    parts = lm.architecture
    if not parts.layout.unembeds:
        raise ValueError(
            f"{type(parts.decoder).__name__} does not make its logits of its last block's states by norm, head, factor "
            "and cap alone, so that the logit lens would not read what the model says"
        )
    weight = next(parts.norm.parameters(), parts.head.weight)
    normed = parts.norm(states.to(device=weight.device, dtype=lm_dtype(lm)))
    logits: torch.Tensor = parts.head(normed.to(parts.head.weight.device)).float() * parts.layout.logit_scale
    if cap := parts.layout.softcap:
        logits = cap * torch.tanh(logits / cap)
    return logits.cpu()


def lm_dtype(lm: LanguageModel) -> torch.dtype:
    """The dtype of the residual stream."""
    dtype: torch.dtype = lm.model.get_input_embeddings().weight.dtype
    return dtype


class TunedLens:
    """One affine map per layer, before the unembedding: `h + W h + b`.

    Where a layer has none, the logit lens is used.
    """

    def __init__(self, maps: dict[int, tuple[torch.Tensor, torch.Tensor]]) -> None:
        self.maps = maps
        """Layer -> weight `[d_model, d_model]` and bias `[d_model]`; the layer's output is read."""

    def __call__(self, layer: int, states: torch.Tensor) -> torch.Tensor:
        """The translated states `[…, d_model]`."""
        if layer not in self.maps:
            return states
        weight, bias = self.maps[layer]
        return states + states @ weight.to(states).T + bias.to(states)

    def save(self, path: str | Path) -> None:
        """Write the maps to a safetensors file."""
        from safetensors.torch import save_file

        tensors: dict[str, torch.Tensor] = {}
        for layer, (weight, bias) in self.maps.items():
            tensors |= {f"{layer}.weight": weight.contiguous(), f"{layer}.bias": bias.contiguous()}
        save_file(tensors, str(path))

    @classmethod
    def load(cls, path: str | Path) -> "TunedLens":
        """Read a file of `save`, or the `params.pt` of the tuned-lens package, whose translators have the same form."""
        if str(path).endswith(".safetensors"):
            from safetensors.torch import load_file

            state = load_file(str(path))
        else:
            state = torch.load(path, map_location="cpu", weights_only=True)
        layers = sorted({int(name.split(".")[-2]) for name in state if name.endswith(".weight")})
        prefix = next((name.rsplit(".", 2)[0] + "." for name in state if name.count(".") > 1), "")
        return cls({layer: (state[f"{prefix}{layer}.weight"], state[f"{prefix}{layer}.bias"]) for layer in layers})

    @classmethod
    def fit(
        cls,
        lm: LanguageModel,
        prompts: Prompt | Sequence[Prompt],
        *,
        steps: int = 200,
        rate: float = 1e-2,
        seed: int = 0,
    ) -> "TunedLens":
        """Train the maps so that each layer's reading comes close to the model's own answer (KL divergence, Adam)."""
        acts = lm.activations(prompts, positions="all")
        final = unembed(lm, acts.tokens(lm.n_layers - 1)).log_softmax(dim=-1)
        return cls({layer: _fit(lm, acts.tokens(layer), final, steps, rate, seed) for layer in acts.layers[:-1]})


def _fit(
    lm: LanguageModel, states: torch.Tensor, final: torch.Tensor, steps: int, rate: float, seed: int
) -> tuple[torch.Tensor, torch.Tensor]:
    width = states.shape[-1]
    weight, bias = torch.zeros(width, width, requires_grad=True), torch.zeros(width, requires_grad=True)
    optimizer = torch.optim.Adam([weight, bias], lr=rate)
    generator = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        rows = torch.randint(len(states), (min(256, len(states)),), generator=generator)
        moved = states[rows] + states[rows] @ weight.T + bias
        reading = unembed.__wrapped__(lm, moved).log_softmax(dim=-1)  # type: ignore[attr-defined]
        loss = torch.nn.functional.kl_div(reading, final[rows], log_target=True, reduction="batchmean")
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return weight.detach(), bias.detach()


@dataclass(frozen=True)
class Reading:
    """What a lens reads at one place."""

    prompt: int
    token: str
    """The token at which the state was read; empty for a mean."""
    layer: int
    top: list[tuple[str, float]]
    """The likeliest tokens with their probabilities."""
    tracked: dict[str, tuple[float, int]]
    """Of each token that was asked for: probability and rank (0 is the likeliest)."""


class Lens:
    """Readings at several layers, positions and prompts."""

    def __init__(self, readings: Sequence[Reading], tracked: Sequence[str]) -> None:
        self.readings = list(readings)
        self.tracked = list(tracked)

    def probabilities(self, token: str, prompt: int = 0) -> list[float]:
        """Probability of a tracked token at each layer, in order.

        Raises:
            ValueError: The token was not tracked.
        """
        if token not in self.tracked:
            raise ValueError(f"{token!r} was not tracked; tracked: {', '.join(map(repr, self.tracked)) or 'none'}")
        return [reading.tracked[token][0] for reading in self.readings if reading.prompt == prompt]

    def ranks(self, token: str, prompt: int = 0) -> list[int]:
        """Rank of a tracked token at each layer, in order.

        Raises:
            ValueError: The token was not tracked.
        """
        self.probabilities(token, prompt)
        return [reading.tracked[token][1] for reading in self.readings if reading.prompt == prompt]

    def table(self) -> Table:
        """One row per prompt, position and layer."""
        columns = ["prompt", "at", "layer", "likeliest tokens"]
        columns += [f"p({token!r})" for token in self.tracked] + [f"rank({token!r})" for token in self.tracked]
        return Table(
            columns,
            [
                [
                    reading.prompt,
                    reading.token,
                    reading.layer,
                    " ".join(f"{token!r} {probability:.2f}" for token, probability in reading.top),
                    *(reading.tracked[token][0] for token in self.tracked),
                    *(reading.tracked[token][1] for token in self.tracked),
                ]
                for reading in self.readings
            ],
        )

    def __repr__(self) -> str:
        return repr(self.table())


def logit_lens(
    lm: LanguageModel,
    prompts: Prompt | Sequence[Prompt],
    layers: int | Sequence[int] | None = None,
    *,
    positions: Positions = "last",
    top: int = 5,
    track: str | Iterable[str] = (),
    tuned: TunedLens | None = None,
) -> Lens:
    """What each layer would say, if it were the last.

    Args:
        lm: The model.
        prompts: One or many.
        layers: Which blocks, by default all; their output is read.
        positions: `last`, `all`, or anything else that `activations` takes.
        top: Tokens per reading.
        track: Tokens to follow, as text such as " penguin"; of a longer text, its first token.
        tuned: A tuned lens; without one, the final norm and head are applied as they are.
    """
    followed = [track] if isinstance(track, str) else list(track)
    acts = lm.activations(prompts, layers, positions=positions)
    return Lens(list(_read(lm, acts, top, followed, tuned)), followed)


def _read(
    lm: LanguageModel, acts: Activations, top: int, followed: list[str], tuned: TunedLens | None
) -> Iterable[Reading]:
    ids = {text: lm.token_id(text) for text in followed}
    for prompt, labels in enumerate(acts.labels):
        for place, token in _places(acts, labels):
            for layer in acts.layers:
                state = acts.at(layer)[prompt] if place is None else acts.at(layer)[prompt, place]
                probabilities = unembed(lm, state if tuned is None else tuned(layer, state)).softmax(dim=-1)
                likeliest = probabilities.topk(min(top, len(probabilities)))
                yield Reading(
                    prompt,
                    token,
                    layer,
                    [(lm.token_text(i), p) for p, i in _pairs(likeliest)],
                    {
                        text: (float(probabilities[i]), int((probabilities > probabilities[i]).sum()))
                        for text, i in ids.items()
                    },
                )


def _pairs(likeliest: Any) -> list[tuple[float, int]]:
    return list(zip(likeliest.values.tolist(), likeliest.indices.tolist(), strict=True))


def _places(acts: Activations, labels: Sequence[str]) -> list[tuple[int | None, str]]:
    if acts.positions == "all":
        return [(i - len(labels), label) for i, label in enumerate(labels)]
    if acts.positions == "last":
        return [(None, labels[-1])]
    return [(None, labels[acts.positions] if isinstance(acts.positions, int) else "")]


def read_vector(lm: LanguageModel, vector: torch.Tensor, *, top: int = 10) -> Table:
    """The tokens that a direction `[d_model]` in the residual stream promotes most, by its own logit lens."""
    logits = unembed(lm, vector)
    likeliest = logits.topk(min(top, len(logits)))
    return Table(
        ["rank", "token", "logit"],
        [[rank, lm.token_text(i), value] for rank, (value, i) in enumerate(_pairs(likeliest))],
    )
