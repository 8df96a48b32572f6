"""In whatever form PEFT keeps an adapter: off is the base, scale and norms are of all of it, or it is refused."""

from typing import Any

import peft
import pytest
import torch

from seer_evals.runtime.whitebox import LanguageModel
from seer_evals.runtime.whitebox.adapters import adapter_norms, adapter_scaled, kl_per_token
from tests.runtime.tiny_models import tiny_model, tiny_tokenizer
from tests.runtime.whitebox.peft_kinds import KINDS, NO_WEIGHTS, randomized, with_adapter

IDS = torch.tensor([[5, 100, 101, 6, 7, 50]])
BIASED = {"target_modules": ["q_proj"], "bias": "all"}


@torch.no_grad()
def logits(model: Any) -> torch.Tensor:
    found: torch.Tensor = model(IDS).logits
    return found


def close(found: torch.Tensor, expected: torch.Tensor) -> None:
    torch.testing.assert_close(found, expected, atol=1e-3, rtol=0.0)


def weights(model: Any) -> dict[str, torch.Tensor]:
    return {name: value.detach().clone() for name, value in model.state_dict().items()}


@pytest.fixture(params=KINDS)
def lm(request: pytest.FixtureRequest) -> LanguageModel:
    return LanguageModel(with_adapter(request.param), tiny_tokenizer())


@pytest.fixture(scope="module")
def base() -> torch.Tensor:
    return logits(tiny_model("llama"))


def test_off_is_the_base_and_scale_runs_from_it_to_the_adapter(lm: LanguageModel, base: torch.Tensor) -> None:
    on, before = logits(lm.model), weights(lm.model)
    assert float((on - base).abs().max()) > 0.5, "the adapter does nothing"
    with lm.model.disable_adapter():
        assert torch.equal(logits(lm.model), base), "PEFT's own switch gives the base"
    lm.model.requires_grad_(False)
    with lm.adapter_off():
        assert torch.equal(logits(lm.model), base)
    with adapter_scaled(lm, 0.0):
        close(logits(lm.model), base)
    with adapter_scaled(lm, 1.0):
        close(logits(lm.model), on)
    with adapter_scaled(lm, 0.5):
        half = logits(lm.model)
    assert float((half - base).abs().max()) > 0.01 and float((half - on).abs().max()) > 0.01
    assert torch.equal(logits(lm.model), on)
    assert not any(parameter.requires_grad for parameter in lm.model.parameters())
    assert all(torch.equal(value, before[name]) for name, value in lm.model.state_dict().items())


def test_norms_are_those_of_what_pefts_own_merge_changes(lm: LanguageModel) -> None:
    rows = {row["module"]: row for row in adapter_norms(lm).records()}
    plain = dict(tiny_model("llama").named_parameters())
    expected: dict[str, float] = {}
    for name, value in lm.model.merge_and_unload().named_parameters():
        change = value.detach() - plain[name].detach()
        if bool(change.any()):
            module = name.rpartition(".")[0].removeprefix("model.")
            expected[module] = (expected.get(module, 0.0) ** 2 + float(change.norm()) ** 2) ** 0.5
        if change.dim() == 2 and float(change.norm()) > 1e-3:
            values = torch.linalg.svdvals(change)
            assert rows[module]["first"] == pytest.approx(float(values[0] ** 2 / (values**2).sum()), rel=2e-2)
            assert rows[module]["relative"] == pytest.approx(float(change.norm() / plain[name].norm()), rel=2e-2)
    assert {name: row["norm"] for name, row in rows.items()} == pytest.approx(expected, rel=1e-2)


def test_a_merged_adapter_is_taken_out_and_put_back(base: torch.Tensor) -> None:
    for kind in ("lora", "dora", "IA3", "embeddings and head"):
        lm = LanguageModel(with_adapter(kind), tiny_tokenizer())
        on, norms = logits(lm.model), adapter_norms(lm).records()
        lm.model.merge_adapter()
        before, merged = weights(lm.model), logits(lm.model)
        with lm.adapter_off():
            close(logits(lm.model), base)
        with adapter_scaled(lm, 0.0):
            close(logits(lm.model), base)
        assert [row["norm"] for row in adapter_norms(lm).records()] == pytest.approx(
            [row["norm"] for row in norms], rel=1e-3
        )
        assert torch.equal(logits(lm.model), merged)
        assert all(torch.equal(value, before[name]) for name, value in lm.model.state_dict().items())
        lm.model.unmerge_adapter()
        close(logits(lm.model), on)


def experts() -> Any:
    import transformers

    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4}
    sizes |= {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 16, "num_key_value_heads": 2}
    config = transformers.Qwen3MoeConfig(**sizes, vocab_size=len(tiny_tokenizer()), head_dim=8, initializer_range=0.3)
    return transformers.Qwen3MoeForCausalLM(config).eval()


def test_lora_on_the_parameters_of_experts() -> None:
    base = logits(experts())
    config = peft.LoraConfig(
        r=2, target_modules=["q_proj"], target_parameters=["mlp.experts.down_proj", "mlp.experts.gate_up_proj"]
    )
    lm = LanguageModel(randomized(peft.get_peft_model(experts(), config)), tiny_tokenizer())
    on = logits(lm.model)
    for switched in (lm.adapter_off(), adapter_scaled(lm, 0.0)):
        with switched:
            close(logits(lm.model), base)
    assert torch.equal(logits(lm.model), on)
    rows = {row["module"]: row["norm"] for row in adapter_norms(lm).records()}
    plain = dict(experts().named_parameters())
    for name, value in lm.model.merge_and_unload().named_parameters():
        if bool((value - plain[name]).any()):
            module = name.removeprefix("model.").removesuffix(".weight")
            assert rows.pop(module) == pytest.approx(float((value - plain[name]).norm()), rel=1e-3)
    assert not rows


def test_two_adapters_of_which_one_brings_a_head_of_its_own(base: torch.Tensor) -> None:
    model = with_adapter("saved head")
    model.add_adapter("other", peft.LoraConfig(r=4, target_modules=["q_proj"], init_lora_weights=False))
    lm = LanguageModel(model.requires_grad_(False).eval(), tiny_tokenizer())
    expected = {}
    for name in ("default", "other"):
        model.set_adapter(name)
        expected[name] = logits(model)
    model.set_adapter("default")
    for name in ("default", "other"):
        with lm.adapters(name):
            assert torch.equal(logits(model), expected[name])
    with lm.adapters("default", "other"):
        both = logits(model)
    model.base_model.set_adapter(["default", "other"])
    assert torch.equal(both, logits(model)), "as PEFT sets both: LoRA of both, and the head of the one that has one"


def test_two_heads_at_once_are_refused_as_by_peft() -> None:
    model = with_adapter("saved head")
    config = peft.LoraConfig(r=4, target_modules=["q_proj"], modules_to_save=["lm_head"])
    model.add_adapter("other", config)
    lm = LanguageModel(model.eval(), tiny_tokenizer())
    on = logits(model)
    with (
        pytest.raises(ValueError, match="default, other each bring parts of their own"),
        lm.adapters("default", "other"),
    ):
        pass
    assert torch.equal(logits(model), on)


def test_biases_written_over_those_of_the_base_are_refused_by_name() -> None:
    model = randomized(peft.get_peft_model(tiny_model("qwen2"), peft.LoraConfig(r=4, **BIASED)))
    lm = LanguageModel(model, tiny_tokenizer())
    with pytest.raises(ValueError, match="'default' was trained with bias='all'"), lm.adapter_off():
        pass
    with pytest.raises(ValueError, match="bias='all'"), adapter_scaled(lm, 0.0):
        pass
    with pytest.raises(ValueError, match="bias='all'"):
        adapter_norms(lm)
    with lm.adapters("default"):
        logits(model)


@pytest.mark.parametrize("kind", NO_WEIGHTS)
def test_what_is_no_change_of_weights_has_no_norm_and_can_be_switched(kind: str, base: torch.Tensor) -> None:
    lm = LanguageModel(with_adapter(kind), tiny_tokenizer())
    with pytest.raises(ValueError, match=f"'default' \\({kind}\\) at .* is no change of weights"):
        adapter_norms(lm)
    for switched in (lm.adapter_off(), adapter_scaled(lm, 0.0)):
        with switched:
            close(logits(lm.model), base)


def test_divergence_counts_a_head_of_its_own() -> None:
    lm = LanguageModel(with_adapter("saved head"), tiny_tokenizer())
    [found] = kl_per_token(lm, [IDS[0].tolist()])
    on = logits(lm.model)[0].log_softmax(-1)
    off = logits(tiny_model("llama"))[0].log_softmax(-1)
    torch.testing.assert_close(found, (on.exp() * (on - off)).sum(-1), atol=1e-3, rtol=1e-3)


def test_adapters_put_in_without_a_wrapper_and_of_mixed_types(base: torch.Tensor) -> None:
    bare = tiny_model("llama")
    before = LanguageModel(bare, tiny_tokenizer())
    config = peft.LoraConfig(r=4, target_modules=["q_proj", "lm_head"], init_lora_weights=False)
    bare.add_adapter(config, adapter_name="inside")
    loha = peft.LoHaConfig(target_modules=["v_proj"], init_weights=False)
    mixed = peft.PeftMixedModel(tiny_model("llama"), config, "lora")
    mixed.add_adapter("loha", loha)
    mixed.set_adapter(["lora", "loha"])
    for model in (bare.eval(), mixed.eval()):
        lm = LanguageModel(model, tiny_tokenizer())
        [on] = lm.logits([IDS[0].tolist()], positions="all")
        assert float((on - base[0]).abs().max()) > 0.5
        for switched in (lm.adapter_off(), adapter_scaled(lm, 0.0)):
            with switched:
                close(lm.logits([IDS[0].tolist()], positions="all")[0], base[0])
        assert {"lm_head", "layers.0.self_attn.q_proj"} <= {row["module"] for row in adapter_norms(lm).records()}
    assert before.architecture.head is bare.lm_head, (
        "a handle that was there before reads by the head that is there now"
    )
