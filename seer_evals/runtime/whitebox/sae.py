"""Sparse autoencoders: features of the residual stream (Cunningham et al. 2023, arXiv:2309.08600)."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from typing_extensions import override

from .edits import Edit
from .language_model import LanguageModel
from .lens import read_vector
from .prompts import Prompt
from .table import Table


class SparseAutoencoder(Protocol):
    """What the functions here need of an autoencoder."""

    layer: int
    """The block that it reads."""
    site: str

    @property
    def directions(self) -> torch.Tensor:
        """What each feature writes, `[feature, d_model]`."""

    def encode(self, states: torch.Tensor) -> torch.Tensor:
        """Feature activations `[…, feature]`, zero or above, of states `[…, d_model]`."""

    def decode(self, features: torch.Tensor) -> torch.Tensor:
        """States `[…, d_model]` from feature activations `[…, feature]`."""


@dataclass(eq=False)
class TopKSAE:
    """A TopK autoencoder (Gao et al. 2024, arXiv:2406.04093): the `k` largest of `relu(W_enc (x - b_dec) + b_enc)`."""

    layer: int
    site: str
    k: int
    w_enc: torch.Tensor
    """`[d_model, feature]`."""
    b_enc: torch.Tensor
    """`[feature]`."""
    w_dec: torch.Tensor
    """`[feature, d_model]`, rows of length 1."""
    b_dec: torch.Tensor
    """`[d_model]`."""

    @property
    def directions(self) -> torch.Tensor:
        """What each feature writes, `[feature, d_model]`."""
        return self.w_dec

    def encode(self, states: torch.Tensor) -> torch.Tensor:
        """Feature activations `[…, feature]` of states `[…, d_model]`."""
        before = (states.to(self.w_enc) - self.b_dec) @ self.w_enc + self.b_enc
        kept = before.topk(self.k, dim=-1)
        return torch.zeros_like(before).scatter(-1, kept.indices, kept.values.relu())

    def decode(self, features: torch.Tensor) -> torch.Tensor:
        """States `[…, d_model]` from feature activations `[…, feature]`."""
        return features @ self.w_dec + self.b_dec

    def save(self, path: str | Path) -> None:
        """Write a safetensors file."""
        from safetensors.torch import save_file

        tensors = {name: getattr(self, name).detach().contiguous() for name in _TENSORS}
        save_file(tensors, str(path), metadata={"layer": str(self.layer), "site": self.site, "k": str(self.k)})

    @classmethod
    def load(cls, path: str | Path) -> "TopKSAE":
        """Read a file of `save`."""
        from safetensors import safe_open

        with safe_open(str(path), framework="pt") as file:
            about = file.metadata()
            tensors = {name: file.get_tensor(name) for name in _TENSORS}
        return cls(int(about["layer"]), about["site"], int(about["k"]), **tensors)


_TENSORS = ("w_enc", "b_enc", "w_dec", "b_dec")


class PublishedSAE:
    """An autoencoder of the `sae-lens` package, such as Gemma Scope's; needs the extra `seer_evals[sae]`."""

    def __init__(self, sae: Any, layer: int, site: str = "resid_post") -> None:
        self.sae = sae
        self.layer = layer
        self.site = site

    @classmethod
    def load(cls, release: str, sae_id: str, device: str = "cpu") -> "PublishedSAE":
        """Download one, by the names of sae-lens's directory.

        Raises:
            RuntimeError: sae-lens is not installed here.
        """
        return cls.of(_sae_lens().SAE.from_pretrained(release, sae_id, device=device))

    @classmethod
    def load_from_disk(cls, path: str | Path, device: str = "cpu") -> "PublishedSAE":
        """Read one that sae-lens saved.

        Raises:
            RuntimeError: sae-lens is not installed here.
        """
        return cls.of(_sae_lens().SAE.load_from_disk(str(path), device=device))

    @classmethod
    def of(cls, sae: Any) -> "PublishedSAE":
        """Wrap one that is loaded; layer and site are read from its hook's name.

        Raises:
            ValueError: It does not read the residual stream of a block, or scales each state first, so that
                the token decides what a feature writes.
        """
        name = str(sae.cfg.metadata.hook_name)
        parts = name.split(".")
        if len(parts) != 3 or parts[0] != "blocks" or parts[2] not in ("hook_resid_pre", "hook_resid_post"):
            raise ValueError(
                f"this autoencoder reads {name!r}; only blocks.N.hook_resid_pre and hook_resid_post work here"
            )
        if (scaling := sae.cfg.normalize_activations) not in ("none", "expected_average_only_in"):
            raise ValueError(
                f"this autoencoder scales each state by {scaling!r}, which cannot be used here; take another"
            )
        return cls(sae, int(parts[1]), parts[2].removeprefix("hook_"))

    @property
    def directions(self) -> torch.Tensor:
        """What each feature writes for an activation of 1, `[feature, d_model]`."""
        directions: torch.Tensor = self.sae.W_dec.detach()
        # Some count activations in units of the length of what they write.
        rescaled = getattr(self.sae.cfg, "rescale_acts_by_decoder_norm", False)
        return directions / directions.norm(dim=-1, keepdim=True) if rescaled else directions

    @torch.no_grad()
    def encode(self, states: torch.Tensor) -> torch.Tensor:
        """Feature activations `[…, feature]` of states `[…, d_model]`."""
        features: torch.Tensor = self.sae.encode(states.to(self.sae.W_dec))
        return features

    @torch.no_grad()
    def decode(self, features: torch.Tensor) -> torch.Tensor:
        """States `[…, d_model]` from feature activations `[…, feature]`."""
        states: torch.Tensor = self.sae.decode(features)
        return states


def _sae_lens() -> Any:
    try:
        import sae_lens
    except ImportError as error:
        raise RuntimeError(
            "published autoencoders need sae-lens, which is not installed here; add sae-lens>=6.54,<7 to the "
            "environment's packages, or train a small one with train_sae"
        ) from error
    return sae_lens


def train_sae(
    lm: LanguageModel,
    prompts: Sequence[Prompt],
    layer: int,
    *,
    features: int = 256,
    k: int = 8,
    steps: int = 1000,
    batch: int = 256,
    rate: float = 3e-3,
    seed: int = 0,
    site: str = "resid_post",
) -> TopKSAE:
    """Train a small TopK autoencoder on the activations of `prompts`, all tokens but the first of each.

    Features that have died are revived by the error that the living leave (the auxiliary loss of Gao et al. 2024,
    section A.2, with half of `d_model` features).

    Raises:
        ValueError: `k` is larger than `features`.
    """
    if not 0 < k <= features:
        raise ValueError(f"k must be between 1 and features ({features}), not {k}")
    states = residuals(lm, prompts, layer, site)
    generator = torch.Generator().manual_seed(seed)
    scale = float(states.norm(dim=-1).mean())
    normed = states / scale
    sae = _fresh(normed, lm.layer(layer), site, features, k, generator)
    weights = [sae.w_enc, sae.b_enc, sae.w_dec, sae.b_dec]
    optimizer = torch.optim.Adam([weight.requires_grad_() for weight in weights], lr=rate)
    idle = torch.zeros(features)
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1.0, 5 * (1 - step / steps))
        rows = normed[torch.randint(len(normed), (min(batch, len(normed)),), generator=generator)]
        active = sae.encode(rows)
        idle = torch.where((active > 0).any(dim=0), 0.0, idle + 1)
        error = rows - sae.decode(active)
        loss = error.square().sum(dim=-1).mean() + _revival(sae, rows, error.detach(), idle > 50)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        with torch.no_grad():
            sae.w_dec /= sae.w_dec.norm(dim=-1, keepdim=True)
    for weight in weights:
        weight.requires_grad_(False)
    # Back to the model's own scale: (x / s - b) W + c, times s.
    sae.b_enc *= scale
    sae.b_dec *= scale
    return sae


def _fresh(normed: torch.Tensor, layer: int, site: str, features: int, k: int, generator: torch.Generator) -> TopKSAE:
    rows = torch.randn(features, normed.shape[-1], generator=generator)
    rows /= rows.norm(dim=-1, keepdim=True)
    return TopKSAE(layer, site, k, rows.T.clone(), torch.zeros(features), rows, normed.mean(dim=0))


def _revival(sae: TopKSAE, rows: torch.Tensor, error: torch.Tensor, dead: torch.Tensor) -> torch.Tensor:
    if not bool(dead.any()):
        return torch.zeros(())
    before = ((rows - sae.b_dec) @ sae.w_enc + sae.b_enc).masked_fill(~dead, -torch.inf)
    kept = before.topk(min(rows.shape[-1] // 2, int(dead.sum())), dim=-1)
    found = torch.zeros_like(before).scatter(-1, kept.indices, kept.values.relu())
    return (error - found @ sae.w_dec).square().sum(dim=-1).mean() / 32


def residuals(lm: LanguageModel, prompts: Prompt | Sequence[Prompt], layer: int, site: str) -> torch.Tensor:
    """States of all tokens but the first of each prompt, `[token, d_model]`: the first is unlike all others."""
    acts = lm.activations(prompts, layer, site=site, positions="all")
    rows = [acts.at(layer, site)[i, -(len(labels) - 1) :] for i, labels in enumerate(acts.labels) if len(labels) > 1]
    return torch.cat(rows)


def reconstruction(lm: LanguageModel, sae: SparseAutoencoder, prompts: Prompt | Sequence[Prompt]) -> dict[str, float]:
    """How well an autoencoder fits the model on `prompts`.

    Returns:
        `explained`: share of the variance; `l0`: active features per token; `dead`: share of features that are never
        active; `kl`: nats that the last token's prediction moves when the state is replaced by its reconstruction.
    """
    states = residuals(lm, prompts, sae.layer, sae.site)
    features = sae.encode(states)
    missed = (states - sae.decode(features).float()).square().sum()
    before = lm.logits(prompts).log_softmax(dim=-1)
    with lm.steer(_Reconstruct(layer=sae.layer, site=sae.site, sae=sae)):
        after = lm.logits(prompts).log_softmax(dim=-1)
    return {
        "explained": float(1 - missed / (states - states.mean(dim=0)).square().sum()),
        "l0": float((features > 0).sum(dim=-1).float().mean()),
        "dead": float((features.max(dim=0).values <= 0).float().mean()),
        "kl": float((before.exp() * (before - after)).sum(dim=-1).mean()),
    }


def top_features(
    lm: LanguageModel, sae: SparseAutoencoder, prompts: Prompt | Sequence[Prompt], *, top: int = 10, read: int = 5
) -> Table:
    """The features that are most active on `prompts`, by their mean, with the tokens that each one promotes."""
    features = sae.encode(residuals(lm, prompts, sae.layer, sae.site)).float()
    return _describe(lm, sae, features.mean(dim=0), (features > 0).float().mean(dim=0), top, read, "mean")


def feature_differences(
    lm: LanguageModel,
    sae: SparseAutoencoder,
    first: Prompt | Sequence[Prompt],
    second: Prompt | Sequence[Prompt],
    *,
    top: int = 10,
    read: int = 5,
) -> Table:
    """The features that are more active on the `first` prompts than on the `second`."""
    one = sae.encode(residuals(lm, first, sae.layer, sae.site)).float()
    other = sae.encode(residuals(lm, second, sae.layer, sae.site)).float()
    return _describe(
        lm, sae, one.mean(dim=0) - other.mean(dim=0), (one > 0).float().mean(dim=0), top, read, "difference"
    )


def _describe(
    lm: LanguageModel, sae: SparseAutoencoder, by: torch.Tensor, share: torch.Tensor, top: int, read: int, name: str
) -> Table:
    rows = [
        [
            feature,
            float(by[feature]),
            float(share[feature]),
            " ".join(map(repr, read_vector(lm, sae.directions[feature].float(), top=read).column("token"))),
        ]
        for feature in by.topk(min(top, len(by))).indices.tolist()
    ]
    return Table(["feature", name, "share of tokens", "promotes"], rows)


def max_activating(
    lm: LanguageModel,
    sae: SparseAutoencoder,
    feature: int,
    prompts: Prompt | Sequence[Prompt],
    *,
    top: int = 10,
    context: int = 6,
) -> Table:
    """Where in `prompts` a feature is most active: activation, prompt, and the token between what stands around it."""
    acts = lm.activations(prompts, sae.layer, site=sae.site, positions="all")
    found: list[tuple[float, int, str]] = []
    for prompt, labels in enumerate(acts.labels):
        states = acts.at(sae.layer, sae.site)[prompt, -len(labels) :]
        values = sae.encode(states)[:, feature].float()
        for position in range(1, len(labels)):
            before = "".join(labels[max(0, position - context) : position])
            after = "".join(labels[position + 1 : position + 1 + context])
            found.append((float(values[position]), prompt, f"{before}⟦{labels[position]}⟧{after}"))
    return Table(["activation", "prompt", "where"], sorted(found, key=lambda row: -row[0])[:top])


def steer_feature(sae: SparseAutoencoder, feature: int, value: float) -> Edit:
    """Set a feature's activation: `h + (value - f(h)) d`, which leaves the autoencoder's error as it is."""
    return _SetFeature(layer=sae.layer, site=sae.site, sae=sae, feature=feature, value=value)


def ablate_feature(sae: SparseAutoencoder, feature: int) -> Edit:
    """Take a feature out of the state."""
    return steer_feature(sae, feature, 0.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class _SetFeature(Edit):
    sae: SparseAutoencoder
    feature: int
    value: float

    @override
    def apply(self, state: torch.Tensor) -> torch.Tensor:
        active = self.sae.encode(state.float())[..., self.feature, None]
        return state + ((self.value - active) * self.sae.directions[self.feature]).to(state)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Reconstruct(Edit):
    """The autoencoder in place of what it reads."""

    sae: SparseAutoencoder

    @override
    def apply(self, state: torch.Tensor) -> torch.Tensor:
        return self.sae.decode(self.sae.encode(state.float())).to(state)
