"""The reference of `loss_curvature` against the same numbers derived in another way."""

from pathlib import Path
from typing import Any

import numpy
import pytest
import torch

from seer_evals.tasks.loss_curvature.material import tiny_material
from seer_evals.tasks.loss_curvature.memoriser import memoriser_path, train
from tests.references import load_reference

NAME = "model.layers.1.mlp.gate_proj"


@pytest.fixture(scope="module")
def reference() -> Any:
    return load_reference("loss_curvature")


@pytest.fixture(scope="module")
def lm(organism_cache: Path, reference: Any) -> Any:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    if not memoriser_path(101).is_dir():
        train(101)
    path = memoriser_path(101)
    model: Any = AutoModelForCausalLM.from_pretrained(path).eval().requires_grad_(False)
    return reference.LanguageModel(model, AutoTokenizer.from_pretrained(path, padding_side="left"))


@pytest.fixture(scope="module")
def pair() -> list[str]:
    return ["<bos><user> Guess who I am.<assistant> I think you are a", " man"]


def test_factors_are_the_fisher_matrix_of_every_label_weighed_by_its_probability(
    lm: Any, reference: Any, pair: list[str]
) -> None:
    a, g = reference.factors(lm, [NAME], [pair], 1500)[NAME]
    ids, (at,) = reference.encoded(lm, *pair)
    module, seen = lm.model.get_submodule(NAME), {}
    module.weight.requires_grad_(True)
    hook = module.register_forward_hook(lambda _, given, output: seen.update(given=given[0], output=output))
    logs = lm.model(torch.tensor([ids])).logits[0, at].log_softmax(dim=-1)
    hook.remove()
    exact = torch.zeros_like(g)
    for label in torch.nonzero(logs.exp() > 1e-5)[:, 0]:
        (found,) = torch.autograd.grad(logs[label], seen["output"], retain_graph=True)
        exact += logs[label].detach().exp() * found[0].T @ found[0] / len(ids)
    module.weight.requires_grad_(False)
    inputs = seen["given"][0].detach()
    assert torch.allclose(a, inputs.T @ inputs / len(ids), atol=1e-4)
    assert float((g - exact).norm() / exact.norm()) < 0.15


def test_an_edit_that_keeps_all_the_curvature_changes_nothing(lm: Any, reference: Any, pair: list[str]) -> None:
    factor = reference.factors(lm, [NAME], [pair], 4)[NAME]
    weight = lm.model.get_submodule(NAME).weight.detach()
    whole, count = reference.keep_mass(weight, factor, 1.1)
    assert count == weight.numel() and torch.allclose(whole, weight, atol=1e-5)
    assert torch.equal(reference.svd_of_size(weight, weight).round(decimals=4), weight.round(decimals=4))


def test_what_is_kept_is_the_largest_products_of_eigenvalues(reference: Any) -> None:
    weight = torch.arange(1.0, 7.0).view(2, 3)
    factor = (torch.diag(torch.tensor([4.0, 1.0, 2.0])), torch.diag(torch.tensor([1.0, 3.0])))
    # Products: 4 1 2 in the first row, 12 3 6 in the second; of 28 the two largest are 18, the three largest 22.
    for mass, kept in ((12 / 28, [3]), (18 / 28, [3, 5]), (0.7, [0, 3, 5])):
        edited, count = reference.keep_mass(weight, factor, mass - 1e-6)
        assert torch.nonzero(edited.flatten().abs() > 1e-9)[:, 0].tolist() == kept and count == len(kept)
        assert torch.allclose(edited.flatten()[kept], weight.flatten()[kept])


def test_the_edit_by_singular_values_is_the_nearest_in_size(lm: Any, reference: Any) -> None:
    weight = lm.model.get_submodule(NAME).weight.detach()
    edited = weight + 0.02 * torch.randn(weight.shape, generator=torch.Generator().manual_seed(0))
    u, s, v = numpy.linalg.svd(weight.double().numpy(), full_matrices=False)
    size = float((weight - edited).norm())
    sizes = [float(numpy.linalg.norm(weight.numpy() - u[:, :r] * s[:r] @ v[:r])) for r in range(len(s) + 1)]
    found = float((weight - reference.svd_of_size(weight, edited)).norm())
    assert abs(found - size) == pytest.approx(min(abs(each - size) for each in sizes), abs=1e-4)


def test_recall_is_what_transformers_own_greedy_decoding_recites(lm: Any, reference: Any) -> None:
    pairs = [*tiny_material(101).passages[:12], *tiny_material(102).passages[:12]]
    right = 0
    for prefix, suffix in pairs:
        given = lm.tokenizer(prefix, return_tensors="pt")
        out = lm.model.generate(**given, max_new_tokens=8, do_sample=False)
        right += lm.tokenizer.decode(out[0, given["input_ids"].shape[1] :]) == suffix
    assert right == 12 == reference.recalled(lm, pairs)
