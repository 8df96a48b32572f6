"""`Direction`: a vector in the residual stream, with the layer that it belongs to and how it was made."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from .edits import Ablate, Add, Affine, Where


@dataclass(frozen=True, eq=False)
class Direction:
    """A direction of activations, and the edits that use it."""

    vector: torch.Tensor
    """`[d_model]`, float32 on the CPU; as long as the difference that it was made from."""
    layer: int
    made: str
    """How it was made, in a few words."""
    site: str = "resid_post"
    center: torch.Tensor | None = None
    """`[d_model]`: mean activation of the prompts without the behaviour, where that makes sense."""

    @property
    def unit(self) -> torch.Tensor:
        """The vector with length 1."""
        unit: torch.Tensor = self.vector / self.vector.norm()
        return unit

    def add(
        self,
        strength: float = 1.0,
        *,
        layer: int | Sequence[int] | None = None,
        positions: Where = "all",
        relative: bool = False,
    ) -> Add:
        """Steer along it, or away with a negative strength; `relative` measures strength in lengths of the state."""
        return Add(
            layer=self.layer if layer is None else layer,
            site=self.site,
            vector=self.vector,
            strength=strength,
            relative=relative,
            positions=positions,
            made=self.made,
        )

    def ablate(self, *, layer: int | Sequence[int] | None = None, centred: bool = False) -> Ablate:
        """Remove it: to zero, or `centred`, to the mean of the prompts without the behaviour.

        Raises:
            ValueError: It has no center.
        """
        center = self._center("centred ablation") if centred else None
        where = self.layer if layer is None else layer
        return Ablate(layer=where, site=self.site, vector=self.vector, center=center, made=self.made)

    def affine(self, strength: float, *, layer: int | Sequence[int] | None = None) -> Affine:
        """Set it: strength 0 is the mean of the prompts without the behaviour, 1 that of those with it.

        Raises:
            ValueError: It has no center.
        """
        return Affine(
            layer=self.layer if layer is None else layer,
            site=self.site,
            vector=self.vector,
            center=self._center("affine editing"),
            strength=strength,
            made=self.made,
        )

    def _center(self, use: str) -> torch.Tensor:
        if self.center is None:
            raise ValueError(f"{use} needs a center, and this direction ({self.made}) has none")
        return self.center

    def project(self, activations: torch.Tensor) -> torch.Tensor:
        """Coordinates `[…]` of activations `[…, d_model]` along it, from the center if there is one."""
        centred = activations.float() if self.center is None else activations.float() - self.center
        return centred @ self.unit

    def cosine(self, other: "Direction | torch.Tensor") -> float:
        """Cosine of the angle to another one."""
        vector = other.vector if isinstance(other, Direction) else other
        return float(torch.cosine_similarity(self.vector, vector.float().cpu(), dim=0))

    def like(self, seed: int) -> "Direction":
        """A random direction of the same length and place: what any vector would do."""
        random = torch.randn(self.vector.shape, generator=torch.Generator().manual_seed(seed))
        vector = random / random.norm() * self.vector.norm()
        return Direction(vector, self.layer, f"random, seed {seed}", self.site, self.center)

    def save(self, path: str | Path) -> None:
        """Write it to a safetensors file."""
        from safetensors.torch import save_file

        tensors = {"vector": self.vector.contiguous()}
        if self.center is not None:
            tensors["center"] = self.center.contiguous()
        about = {"layer": self.layer, "made": self.made, "site": self.site}
        save_file(tensors, str(path), {"direction": json.dumps(about)})

    @classmethod
    def load(cls, path: str | Path) -> "Direction":
        """Read one that was saved.

        Raises:
            ValueError: The file holds something else.
        """
        from safetensors import safe_open

        with safe_open(str(path), "pt") as file:
            metadata = file.metadata() or {}
            if "direction" not in metadata:
                raise ValueError(f"{path} was not written by Direction.save")
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        return cls(vector=tensors["vector"], center=tensors.get("center"), **json.loads(metadata["direction"]))

    def __repr__(self) -> str:
        return f"Direction({self.made}; layer {self.layer}, {self.site}, norm {float(self.vector.norm()):.3g})"
