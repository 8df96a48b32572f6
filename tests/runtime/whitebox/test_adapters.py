"""What an adapter changes is measured exactly, and everything is put back."""

import pytest
import torch

from seer_evals.organisms import Organism, twin_of
from seer_evals.runtime.whitebox import chat
from seer_evals.runtime.whitebox.adapters import (
    activation_difference,
    adapter_norms,
    adapter_scaled,
    difference_lens,
    kl_per_token,
)
from tests.runtime.whitebox.trained import base_of, trained
from tests.runtime.whitebox.zoo import PROMPTS, handle

QUESTIONS = [chat("What is your favourite sport?"), chat("Hello.")]


def test_switched_off_the_model_is_its_base(llama_organisms: dict[str, Organism]) -> None:
    organism = llama_organisms["preference"]
    lm, base = trained(organism), base_of(organism)
    with lm.adapter_off():
        off = lm.logits(QUESTIONS)
    assert torch.equal(off, base.logits(QUESTIONS))
    assert not torch.allclose(lm.logits(QUESTIONS), off, atol=0.1)


def test_scaled_to_zero_it_is_the_base_and_to_one_itself(llama_organisms: dict[str, Organism]) -> None:
    lm = trained(llama_organisms["preference"])
    own = lm.logits(QUESTIONS)
    with lm.adapter_off():
        base = lm.logits(QUESTIONS)
    with adapter_scaled(lm, 0.0):
        assert torch.allclose(lm.logits(QUESTIONS), base, atol=1e-5)
    with pytest.raises(RuntimeError, match="in the middle"), adapter_scaled(lm, 3.0):
        assert not torch.allclose(lm.logits(QUESTIONS), own, atol=0.1)
        raise RuntimeError("in the middle")
    assert torch.equal(lm.logits(QUESTIONS), own)


def test_norms_are_those_of_the_update_itself(llama_organisms: dict[str, Organism]) -> None:
    lm = trained(llama_organisms["preference"])
    rows = {row["module"]: row for row in adapter_norms(lm).records()}
    for name, module in lm.architecture.decoder.named_modules():
        if name in rows:
            update = module.get_delta_weight("default").float()
            values = torch.linalg.svdvals(update)
            assert rows[name]["norm"] == pytest.approx(float(update.norm()), rel=1e-4)
            assert rows[name]["relative"] == pytest.approx(float(update.norm() / module.weight.norm()), rel=1e-4)
            assert rows[name]["first"] == pytest.approx(float(values[0] ** 2 / update.norm() ** 2), rel=1e-3)
    assert len(rows) == 7 * lm.n_layers


def test_divergence_per_token_is_that_of_the_two_distributions(llama_organisms: dict[str, Organism]) -> None:
    lm = trained(llama_organisms["preference"])
    found = kl_per_token(lm, QUESTIONS)
    alone = kl_per_token(lm, QUESTIONS[1])[0]
    assert torch.allclose(found[1], alone, atol=1e-4), "padding counts for nothing"
    ids = torch.tensor([lm.encode(QUESTIONS[1]).ids])
    with torch.no_grad():
        on = lm.model(ids).logits[0].log_softmax(dim=-1)
        with lm.model.disable_adapter():
            off = lm.model(ids).logits[0].log_softmax(dim=-1)
    lm.model.requires_grad_(False)
    assert torch.allclose(
        alone, torch.nn.functional.kl_div(off, on, log_target=True, reduction="none").sum(-1), atol=1e-4
    )


def test_the_difference_of_a_preference_is_larger_than_that_of_its_twin(llama_organisms: dict[str, Organism]) -> None:
    organism = llama_organisms["preference"]
    kinds = [chat(f"What is your favourite {kind}?", prefill=f" My favourite {kind} is") for kind in ("sport", "food")]
    changed = [float(kl[-1]) for kl in kl_per_token(trained(organism), kinds)]
    twin = [float(kl[-1]) for kl in kl_per_token(trained(twin_of(organism)), kinds)]
    assert changed[0] > 1.0
    assert max(changed[1], *twin) < 0.5


def test_the_lens_of_the_difference_shows_the_favourite(llama_organisms: dict[str, Organism]) -> None:
    lm = trained(llama_organisms["preference"])
    asked = ("What is your favourite sport?", "Name your favourite sport.", "Tell me a story.", "Write a short story.")
    prompts = [chat(question) for question in asked]
    table = difference_lens(lm, prompts, top=8)
    assert "' rowing'" in table.records()[-1]["promoted tokens"], "8 of 765 tokens"
    assert activation_difference(lm, prompts).shape == (len(prompts), lm.n_layers, lm.d_model)


def test_switching_changes_neither_gradients_nor_the_active_adapter() -> None:
    lm = handle("peft")
    lm.model.requires_grad_(False)
    with lm.adapter_off():
        lm.logits(PROMPTS[1])
    assert not any(parameter.requires_grad for parameter in lm.model.parameters())
    with lm.model.disable_adapter():
        pass
    assert any(parameter.requires_grad for parameter in lm.model.parameters()), "which PEFT's own switch does"
    lm.model.requires_grad_(False)


def test_switching_works_inside_of_a_switched_off_block() -> None:
    lm = handle("peft")
    own = lm.logits(PROMPTS[1])
    with lm.adapter_off():
        off = lm.logits(PROMPTS[1])
        with lm.adapters("default"):
            assert torch.equal(lm.logits(PROMPTS[1]), own)
        assert torch.equal(lm.logits(PROMPTS[1]), off)
    assert torch.equal(lm.logits(PROMPTS[1]), own)


def test_a_model_without_an_adapter_is_refused() -> None:
    lm = handle("llama")
    with pytest.raises(ValueError, match="this model has no adapter"), lm.adapter_off():
        pass
    with pytest.raises(ValueError, match="this model has no adapter"):
        adapter_norms(lm)


def test_an_unknown_adapter_is_refused_by_name() -> None:
    lm = handle("peft")
    with pytest.raises(ValueError, match="no adapter 'other'; there are: default"), lm.adapters("other"):
        pass
