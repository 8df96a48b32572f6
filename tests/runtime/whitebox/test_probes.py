"""Probes: figures that are held out by group, and what shuffled labels give."""

import pytest
import torch

from seer_evals.runtime.whitebox import auroc, train_probe

D = 24


def examples(groups: int, each: int, signal: float, seed: int = 0) -> tuple[torch.Tensor, list[bool], list[int]]:
    """Noise of their own for groups, much less for examples, and a direction for the label: `[groups * each, D]`."""
    random = torch.Generator().manual_seed(seed)
    labels = [group % 2 == 0 for group in range(groups) for _ in range(each)]
    members = [group for group in range(groups) for _ in range(each)]
    own = torch.randn(groups, D, generator=random).repeat_interleave(each, dim=0)
    x = 2 * own + 0.1 * torch.randn(len(labels), D, generator=random)
    x[:, 0] += signal * torch.tensor([1.0 if label else -1.0 for label in labels])
    return x, labels, members


@pytest.mark.parametrize("kind", ["logistic", "ridge"])
def test_a_property_that_is_there_is_found_in_groups_that_were_not_seen(kind: str) -> None:
    x, labels, members = examples(30, 4, signal=6)
    probe = train_probe(x, labels, groups=members, kind=kind, layer=2)  # type: ignore[arg-type]
    assert probe.accuracy > 0.75 and probe.auroc > 0.9
    assert probe.p_value < 0.06
    assert 0.3 < probe.shuffled < 0.7
    assert float(torch.nn.functional.normalize(probe.weight, dim=0)[0]) > 0.4
    direction = probe.direction()
    assert direction.layer == 2 and torch.equal(direction.vector, probe.weight)
    new, truth, _ = examples(20, 1, signal=6, seed=9)
    assert ((probe.scores(new) > 0) == torch.tensor(truth)).float().mean() > 0.75


def test_without_groups_memory_looks_like_knowledge() -> None:
    """Labels that mean nothing: the naive split has each group on both sides, and recognises it."""
    x, labels, members = examples(20, 6, signal=0)
    naive = train_probe(x, labels, permutations=0)
    honest = train_probe(x, labels, groups=members)
    assert naive.accuracy > 0.95
    assert honest.accuracy < 0.75
    assert honest.p_value > 0.05


def test_training_accuracy_is_no_figure() -> None:
    """More dimensions than examples: anything can be fitted, and nothing is known."""
    x = torch.randn(20, 60, generator=torch.Generator().manual_seed(0))
    labels = [i % 2 == 0 for i in range(20)]
    probe = train_probe(x, labels)
    assert ((probe.scores(x) > 0) == torch.tensor(labels)).all()
    assert probe.accuracy < 0.75


def test_the_majority_is_what_a_constant_answer_gets() -> None:
    x, _, _ = examples(20, 1, signal=0)
    assert train_probe(x, [i < 5 for i in range(20)]).majority == 0.75


def test_auroc_counts_ties_half() -> None:
    assert auroc(torch.tensor([0.1, 0.5, 0.5, 0.9]), torch.tensor([False, False, True, True])) == 0.875


@pytest.mark.parametrize(
    ("labels", "groups", "message"),
    [
        ([True] * 10, None, "label False occurs in 0 groups"),
        ([True] * 9 + [False], None, "label False occurs in 1 groups; to hold one out"),
        ([True, False] * 4, None, "10 examples, 8 labels"),
        ([True, False] * 5, [0, 1] * 5, "label True occurs in 1 groups"),
    ],
)
def test_what_cannot_be_held_out_is_told(labels: list[bool], groups: list[int] | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        train_probe(torch.randn(10, D), labels, groups=groups)


def test_padding_is_told() -> None:
    with pytest.raises(ValueError, match="not finite"):
        train_probe(torch.full((10, D), float("nan")), [True, False] * 5)
