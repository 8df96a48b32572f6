"""Linear probes with figures that are honest: always held out, by group, beside what shuffled labels give."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

import torch

from .direction import Direction
from .language_model import LanguageModel
from .positions import Positions
from .prompts import Prompt
from .table import Table

Kind = Literal["logistic", "ridge"]


@dataclass(frozen=True, eq=False)
class Probe:
    """A linear classifier of activations; positive scores say yes."""

    weight: torch.Tensor
    """`[d_model]`, trained on everything."""
    bias: float
    layer: int
    kind: str
    accuracy: float
    """Of predictions for examples in folds that the fitted probe had not seen, nor any example of their group."""
    auroc: float
    """Likewise held out; mean over the folds that have both labels, 0.5 is chance."""
    majority: float
    """Accuracy of always saying the more frequent label."""
    shuffled: float
    """Mean held-out accuracy with shuffled labels; shuffled between groups where a group has one label."""
    p_value: float
    """Share of the shuffles that did at least as well, the true labels counted as one of them."""
    examples: int
    groups: int

    def scores(self, activations: torch.Tensor) -> torch.Tensor:
        """Scores `[…]` of activations `[…, d_model]`."""
        return activations.float() @ self.weight + self.bias

    def direction(self) -> Direction:
        """Its weights as a direction. What a probe reads is not always what the model uses: steer to find out."""
        return Direction(self.weight, self.layer, f"{self.kind} probe, held-out accuracy {self.accuracy:.2f}")

    def __repr__(self) -> str:
        return (
            f"Probe({self.kind}, layer {self.layer}: held-out accuracy {self.accuracy:.2f}, AUROC {self.auroc:.2f}; "
            f"majority {self.majority:.2f}, shuffled labels {self.shuffled:.2f}, p {self.p_value:.2f}; "
            f"{self.examples} examples in {self.groups} groups)"
        )


@dataclass(frozen=True)
class Probes:
    """One probe per layer."""

    probes: list[Probe]

    def at(self, layer: int) -> Probe:
        """The probe of a layer.

        Raises:
            ValueError: There is none.
        """
        for probe in self.probes:
            if probe.layer == layer:
                return probe
        raise ValueError(f"no probe at layer {layer}; there are: {', '.join(str(p.layer) for p in self.probes)}")

    def table(self) -> Table:
        """Their figures by layer."""
        rows = [[p.layer, p.accuracy, p.auroc, p.majority, p.shuffled, p.p_value] for p in self.probes]
        return Table(["layer", "accuracy", "auroc", "majority", "shuffled", "p"], rows, "held out, by group")

    def __repr__(self) -> str:
        return repr(self.table())


def train_probes(
    lm: LanguageModel,
    prompts: Sequence[Prompt],
    labels: Sequence[bool],
    *,
    groups: Sequence[Hashable] | None = None,
    layers: int | Sequence[int] | None = None,
    positions: Positions = "last",
    kind: Kind = "logistic",
    permutations: int = 20,
) -> Probes:
    """Probe each layer for a property of prompts.

    Args:
        lm: The model.
        prompts: The examples.
        labels: Whether each has the property.
        groups: What must not be in training and held-out part at once, such as the entity a prompt is about; without
            groups each prompt is its own.
        layers: Which blocks; all by default.
        positions: Where to read; see `LanguageModel.activations`.
        kind: `logistic` or `ridge`.
        permutations: Shuffles of the labels to compare with.

    Raises:
        ValueError: Lengths differ, there is one label only, or fewer than two groups.
    """
    read = lm.activations(prompts, layers, positions=positions)
    return Probes(
        [
            train_probe(read.at(n), labels, groups=groups, layer=n, kind=kind, permutations=permutations)
            for n in read.layers
        ]
    )


def train_probe(
    activations: torch.Tensor,
    labels: Sequence[bool],
    *,
    groups: Sequence[Hashable] | None = None,
    layer: int = 0,
    kind: Kind = "logistic",
    penalty: float = 1.0,
    folds: int = 5,
    permutations: int = 20,
    seed: int = 0,
) -> Probe:
    """Train a probe on activations `[example, d_model]`, which are standardised first.

    Raises:
        ValueError: Lengths differ, there is one label only, fewer than two groups, or no such kind.
    """
    if kind not in ("logistic", "ridge"):
        raise ValueError(f"unknown kind {kind!r}; available: logistic, ridge")
    x, y = activations.double(), torch.tensor([bool(label) for label in labels])
    members = list(range(len(y))) if groups is None else _numbered(groups)
    _check(x, y, members)
    parts = _folds(members, y, folds, Random(seed))
    accuracy, auroc = _held_out(x, y, parts, kind, penalty)
    random = Random(seed)
    others = [_held_out(x, _shuffled(y, members, random), parts, kind, penalty)[0] for _ in range(permutations)]
    weight, bias = _fit(x, y, kind, penalty)
    share = float(y.double().mean())
    return Probe(
        weight=weight.float(),
        bias=float(bias),
        layer=layer,
        kind=kind,
        accuracy=accuracy,
        auroc=auroc,
        majority=max(share, 1 - share),
        shuffled=sum(others) / len(others) if others else float("nan"),
        p_value=(1 + sum(other >= accuracy for other in others)) / (1 + len(others)),
        examples=len(y),
        groups=len(set(members)),
    )


def _numbered(groups: Sequence[Hashable]) -> list[int]:
    numbers = {group: i for i, group in enumerate(dict.fromkeys(groups))}
    return [numbers[group] for group in groups]


def _check(x: torch.Tensor, y: torch.Tensor, members: list[int]) -> None:
    if not len(x) == len(y) == len(members):
        raise ValueError(f"{len(x)} examples, {len(y)} labels and {len(members)} groups: there must be one of each")
    if not bool(x.isfinite().all()):
        raise ValueError("activations are not finite; those of positions='all' have padding in them")
    for label in (True, False):
        found = len({members[i] for i in range(len(y)) if bool(y[i]) == label})
        if found < 2:
            raise ValueError(f"label {label} occurs in {found} groups; to hold one out there must be two or more")


def _folds(members: list[int], y: torch.Tensor, folds: int, random: Random) -> list[torch.Tensor]:
    """Held-out examples of each fold, as masks; groups stay whole and labels are spread evenly."""
    share: dict[int, float] = {g: float(y[torch.tensor(members) == g].double().mean()) for g in set(members)}
    order = sorted(share, key=lambda group: (share[group], random.random()))
    folds = min(folds, len(order))
    part = {group: i % folds for i, group in enumerate(order)}
    which = torch.tensor([part[group] for group in members])
    masks = [which == number for number in range(folds)]
    return [mask for mask in masks if len(torch.unique(y[~mask])) == 2]


def _held_out(
    x: torch.Tensor, y: torch.Tensor, parts: list[torch.Tensor], kind: Kind, penalty: float
) -> tuple[float, float]:
    """Accuracy over all held-out examples, and mean AUROC over the folds."""
    right, count, curves = 0, 0, []
    for mask in parts:
        if len(torch.unique(y[~mask])) < 2:
            continue
        weight, bias = _fit(x[~mask], y[~mask], kind, penalty)
        scores = x[mask] @ weight + bias
        right += int(((scores > 0) == y[mask]).sum())
        count += len(scores)
        if len(torch.unique(y[mask])) == 2:
            curves.append(auroc(scores, y[mask]))
    return right / max(count, 1), sum(curves) / len(curves) if curves else float("nan")


def auroc(scores: torch.Tensor, labels: torch.Tensor) -> float:
    """Probability that a positive example has a higher score than a negative one; ties count half."""
    positive, negative = scores[labels.bool()], scores[~labels.bool()]
    above = (positive[:, None] > negative).double() + 0.5 * (positive[:, None] == negative).double()
    return float(above.mean())


def _shuffled(y: torch.Tensor, members: list[int], random: Random) -> torch.Tensor:
    """Labels in another order: those of whole groups where each group has one label."""
    label = dict(zip(members, y.tolist(), strict=True))
    if any(label[group] != value for group, value in zip(members, y.tolist(), strict=True)):
        return y[torch.tensor(random.sample(range(len(y)), len(y)))]
    moved = dict(zip(label, random.sample(list(label.values()), len(label)), strict=True))
    return torch.tensor([moved[group] for group in members])


def _fit(x: torch.Tensor, y: torch.Tensor, kind: Kind, penalty: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Weight `[d]` and bias on standardised activations, expressed for raw ones."""
    mean, scale = x.mean(dim=0), x.std(dim=0).clamp(min=1e-8)
    z = (x - mean) / scale
    weight, bias = (_logistic if kind == "logistic" else _ridge)(z, y, penalty)
    return weight / scale, bias - (mean / scale) @ weight


def _ridge(z: torch.Tensor, y: torch.Tensor, penalty: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Least squares to ±1, in the dual form: there are often fewer examples than dimensions."""
    target = y.double() * 2 - 1
    bias = target.mean()
    kernel = z @ z.T + penalty * torch.eye(len(z), dtype=z.dtype)
    return z.T @ torch.linalg.solve(kernel, target - bias), bias


@torch.enable_grad()
def _logistic(z: torch.Tensor, y: torch.Tensor, penalty: float) -> tuple[torch.Tensor, torch.Tensor]:
    parameters = torch.zeros(z.shape[1] + 1, dtype=z.dtype, requires_grad=True)
    optimizer = torch.optim.LBFGS([parameters], max_iter=60, line_search_fn="strong_wolfe")
    target = y.double()

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        logits = z @ parameters[:-1] + parameters[-1]
        fit = torch.nn.functional.binary_cross_entropy_with_logits(logits, target, reduction="sum")
        total: torch.Tensor = fit + penalty / 2 * parameters[:-1].square().sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    found = parameters.detach()
    return found[:-1], found[-1]
