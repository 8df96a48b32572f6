"""Edits of activations: steering, ablation, affine editing, clamping, replacement.

An edit acts on the state `h` `[batch, position, d_model]` at a site of one or several layers, at chosen positions, on
every pass, generated tokens included.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from typing_extensions import override

from .passes import Pass
from .ready import Ready
from .sites import check_site

Where = Literal["all", "prompt", "response"] | int | Sequence[int]
"""`all` tokens; those of the `prompt`; the `response` from the last prompt token on, which predicts its first token; or
tokens by index, counted from the prompt's end if negative."""

_WHERE = ("all", "prompt", "response")


@dataclass(frozen=True, kw_only=True, eq=False)
class Edit:
    """What all edits have: where they act."""

    layer: int | Sequence[int]
    """One block or several; negative numbers count from the last."""
    site: str = "resid_post"
    positions: Where = "all"
    made: str = ""
    """How its vector was made, in a few words; a `Direction` says it of itself."""

    def __post_init__(self) -> None:
        check_site(self.site)
        if isinstance(self.positions, str) and self.positions not in _WHERE:
            raise ValueError(f"unknown positions {self.positions!r}; available: {', '.join(_WHERE)}, or token indices")

    def apply(self, state: torch.Tensor) -> torch.Tensor:
        """The edited `state` `[batch, position, d]`, at all positions."""
        raise NotImplementedError

    def described(self, layers: Sequence[int]) -> dict[str, Any]:
        """What it does, at these layers, as plain data for the record of what ran."""
        where = self.positions if isinstance(self.positions, str | int) else [int(each) for each in self.positions][:64]
        return {
            "kind": type(self).__name__,
            "layers": [*layers],
            "site": self.site,
            "positions": where,
            "strength": round(float(getattr(self, "strength", 0.0)), 6),
            "made": self.made[:120],
        }

    def __call__(self, state: torch.Tensor, current: Pass) -> torch.Tensor:
        """The state with the edit at its positions only."""
        edited = self.apply(state).to(state.dtype)
        if self.positions == "all":
            return edited
        return torch.where(chosen(self.positions, current)[..., None].to(state.device), edited, state)


@dataclass(frozen=True, kw_only=True, eq=False)
class Add(Edit):
    """`h + strength * vector`: activation addition (Turner et al. 2023, arXiv:2308.10248).

    With `relative`, the vector is made as long as each token's own state first, so that `strength` is a share of it.
    """

    vector: torch.Tensor
    """`[d]`, or `[positions, d]` together with as many `positions` given as indices (ActAdd)."""
    strength: float = 1.0
    relative: bool = False
    _ready: Ready = field(default_factory=Ready, repr=False, compare=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.vector.dim() == 2 and (
            not isinstance(self.positions, Sequence)
            or isinstance(self.positions, str)
            or len(self.positions) != len(self.vector)
        ):
            raise ValueError(f"a vector of shape {tuple(self.vector.shape)} needs as many positions, given as indices")

    @override
    def apply(self, state: torch.Tensor) -> torch.Tensor:
        vector = _like(self.vector, state, self._ready)
        if self.relative:
            vector = vector / vector.norm().clamp(min=1e-12) * state.norm(dim=-1, keepdim=True)
        return state + self.strength * vector

    @override
    def __call__(self, state: torch.Tensor, current: Pass) -> torch.Tensor:
        if self.vector.dim() == 1:
            return super().__call__(state, current)
        indices: list[int] = [*self.positions]  # type: ignore[misc]
        for vector, position in zip(self.vector, indices, strict=True):
            one = Add(
                layer=self.layer, vector=vector, strength=self.strength, relative=self.relative, positions=position
            )
            state = one(state, current)
        return state


@dataclass(frozen=True, kw_only=True, eq=False)
class Ablate(Edit):
    """Remove a direction, or the span of several: `h - (h - center) Q Q^T` with orthonormal `Q`.

    Without a center the projection becomes zero (directional ablation, Arditi et al. 2024, arXiv:2406.11717, equation
    4); with the mean activation of a contrast set it becomes that set's (mean-centred ablation).
    """

    vector: torch.Tensor
    """`[d]` or `[directions, d]`, of any length."""
    center: torch.Tensor | None = None
    """`[d]`."""
    _ready: Ready = field(default_factory=Ready, repr=False, compare=False)

    @override
    def apply(self, state: torch.Tensor) -> torch.Tensor:
        basis = _like(self.vector, state, self._ready, orthonormal)
        centred = state if self.center is None else state - self.center.to(state)
        return state - centred @ basis.T @ basis


@dataclass(frozen=True, kw_only=True, eq=False)
class Affine(Edit):
    """Affine concept editing (Marshall et al. 2024, arXiv:2411.09003): `h - proj(h) + proj(center) + strength * v`.

    `strength` 0 gives the behaviour of the set whose mean is `center`, 1 that of the other set, if `vector` is the
    difference of means.
    """

    vector: torch.Tensor
    """`[d]`."""
    center: torch.Tensor
    """`[d]`, the mean of the set without the behaviour."""
    strength: float = 0.0
    _ready: Ready = field(default_factory=Ready, repr=False, compare=False)

    @override
    def apply(self, state: torch.Tensor) -> torch.Tensor:
        basis = _like(self.vector, state, self._ready, orthonormal)
        return state - (state - self.center.to(state)) @ basis.T @ basis + self.strength * self.vector.to(state)


@dataclass(frozen=True, kw_only=True, eq=False)
class Clamp(Edit):
    """Keep the projection onto a direction between `low` and `high`; equal bounds set it."""

    vector: torch.Tensor
    """`[d]`, of any length; projections are measured along its unit vector."""
    low: float
    high: float
    _ready: Ready = field(default_factory=Ready, repr=False, compare=False)

    @override
    def apply(self, state: torch.Tensor) -> torch.Tensor:
        unit = _like(self.vector, state, self._ready, orthonormal)[0]
        projection = (state @ unit)[..., None]
        return state + (projection.clamp(self.low, self.high) - projection) * unit


@dataclass(frozen=True, kw_only=True, eq=False)
class Replace(Edit):
    """Put other activations in place of the state: patching."""

    value: torch.Tensor
    """`[d]`, or `[batch, d]` with one for each prompt of the batch."""

    @override
    def apply(self, state: torch.Tensor) -> torch.Tensor:
        value = self.value.to(state)
        return (value[:, None] if value.dim() == 2 else value).expand_as(state)


@dataclass(frozen=True, kw_only=True, eq=False)
class Apply(Edit):
    """Any function of the state `[batch, position, d]`."""

    function: Callable[[torch.Tensor], torch.Tensor]

    @override
    def apply(self, state: torch.Tensor) -> torch.Tensor:
        return self.function(state)


def orthonormal(vectors: torch.Tensor) -> torch.Tensor:
    """An orthonormal basis `[rank, d]` of the span of `vectors` `[d]` or `[directions, d]`.

    Raises:
        ValueError: The vectors are zero or depend on each other.
    """
    rows = vectors.float().reshape(-1, vectors.shape[-1])
    basis, triangle = torch.linalg.qr((rows / rows.norm(dim=1, keepdim=True).clamp(min=1e-12)).T)
    if bool((triangle.diagonal().abs() < 1e-6).any()):
        raise ValueError("a direction is zero, or a combination of the others")
    found: torch.Tensor = basis.T
    return found


def chosen(positions: Where, current: Pass) -> torch.Tensor:
    """Which tokens of the pass are meant, `[batch, position]` of bool; never padding."""
    token, boundary = current.token, current.boundary[:, None]
    if positions == "all":
        return token >= 0
    if positions == "prompt":
        return (token >= 0) & (token < boundary)
    if positions == "response":
        return (token >= 0) & (token >= boundary - 1)
    indices = [positions] if isinstance(positions, int) else [int(index) for index in positions]
    found = torch.zeros_like(token, dtype=torch.bool)
    for index in indices:
        found |= token == (index if index >= 0 else boundary + index)
    return found & (token >= 0)


def _like(
    vector: torch.Tensor,
    state: torch.Tensor,
    ready: Ready,
    prepare: Callable[[torch.Tensor], torch.Tensor] = lambda vector: vector,
) -> torch.Tensor:
    """`vector` on the device and in the dtype of the layer that is just running: layers can differ in both."""
    if vector.shape[-1] != state.shape[-1]:
        raise ValueError(f"a vector of width {vector.shape[-1]} does not fit a state of width {state.shape[-1]}")
    return ready.of(vector, state, prepare)
