"""Weights that cannot write a direction equal ablation at every write, and come back as they were."""

import pytest
import torch

from seer_evals.runtime.whitebox import Direction, LanguageModel, orthogonalized, write_ablations
from tests.runtime.tiny_models import tiny_model, tiny_tokenizer
from tests.runtime.whitebox.families import family
from tests.runtime.whitebox.peft_kinds import with_adapter
from tests.runtime.whitebox.zoo import PROMPTS, handle

DIRECTION = Direction(torch.randn(32, generator=torch.Generator().manual_seed(0)), 1, "random")
ANOTHER = torch.randn(32, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("kind", ["llama", "mistral", "qwen2", "qwen3", "gpt2", "peft"])
def test_it_equals_ablation_at_every_write(kind: str) -> None:
    lm = handle(kind)
    before = {name: parameter.data_ptr() for name, parameter in lm.model.named_parameters()}
    plain = lm.logits(list(PROMPTS))
    with lm.steer(*write_ablations(lm, DIRECTION, ANOTHER)):
        expected = lm.logits(list(PROMPTS)), lm.activations(list(PROMPTS), positions="all").tensor.nan_to_num()
    with orthogonalized(lm, DIRECTION, ANOTHER):
        found = lm.logits(list(PROMPTS)), lm.activations(list(PROMPTS), positions="all").tensor.nan_to_num()
    scale = float(expected[1].abs().max())
    for value, reference in zip(found, expected, strict=True):
        torch.testing.assert_close(value, reference, atol=1e-4 * max(scale, 1), rtol=1e-4)
    assert float((found[1] @ DIRECTION.unit).abs().max()) < 1e-4 * scale
    assert not torch.allclose(found[0], plain, atol=0.1)
    assert {name: parameter.data_ptr() for name, parameter in lm.model.named_parameters()} == before
    assert torch.equal(lm.logits(list(PROMPTS)), plain)


@pytest.mark.parametrize(
    "kind", ["mixtral", "qwen3_moe", "qwen2_moe", "gpt_oss", "deepseek_v3", "llama4_text", "olmoe", "granitemoe", "opt"]
)
def test_experts_and_layers_without_an_mlp_module_equal_ablation_too(kind: str) -> None:
    lm = LanguageModel(family(kind), tiny_tokenizer())
    plain = lm.logits(list(PROMPTS))
    with lm.steer(*write_ablations(lm, DIRECTION, ANOTHER)):
        expected = lm.logits(list(PROMPTS))
    with orthogonalized(lm, DIRECTION, ANOTHER):
        found = lm.logits(list(PROMPTS))
    torch.testing.assert_close(found, expected, atol=1e-3 * float(expected.abs().max()), rtol=1e-3)
    assert not torch.allclose(found, plain, atol=0.01)
    assert torch.equal(lm.logits(list(PROMPTS)), plain)


def test_what_would_still_write_the_direction_is_refused_and_undone() -> None:
    lm = LanguageModel(with_adapter("dora"), tiny_tokenizer())
    with pytest.raises(ValueError, match="no plain LoRA"), orthogonalized(lm, DIRECTION):
        pass
    lm = LanguageModel(family("xglm"), tiny_tokenizer())
    plain = lm.logits(list(PROMPTS))
    with (
        pytest.raises(ValueError, match=r"still writes the direction: .* of resid_pre of layer 0"),
        orthogonalized(lm, DIRECTION),
    ):
        pass  # its positions are sinusoids, and no weights
    assert torch.equal(lm.logits(list(PROMPTS)), plain)


def test_layers_that_write_side_by_side_have_no_equal_edits() -> None:
    lm = LanguageModel(family("falcon_h1"), tiny_tokenizer())
    with pytest.raises(LookupError, match="layer 0 writes through self_attn, mamba, feed_forward side by side"):
        write_ablations(lm, DIRECTION)


def test_without_the_biases_gpt2_would_still_write_it() -> None:
    lm = handle("gpt2")
    torch.manual_seed(0)
    biases = [block.mlp.c_proj.bias for block in lm.architecture.layers]
    for bias in biases:
        bias.data.normal_()
    try:
        with orthogonalized(lm, DIRECTION):
            assert float((lm.activations(PROMPTS[0]).tensor @ DIRECTION.unit).abs().max()) < 1e-3
            naive = lm.architecture.layers[1].mlp.c_proj
            naive.bias, kept = biases[1], naive.bias
            assert float((lm.activations(PROMPTS[0]).tensor @ DIRECTION.unit).abs().max()) > 0.1
            naive.bias = kept
    finally:
        for bias in biases:
            bias.data.zero_()


def test_a_tied_unembedding_stays_as_it_is() -> None:
    model = tiny_model("llama")
    model.config.tie_word_embeddings = True
    model.lm_head.weight = model.model.embed_tokens.weight
    lm = LanguageModel(model, tiny_tokenizer())
    tied = model.lm_head.weight
    with orthogonalized(lm, DIRECTION):
        assert model.lm_head.weight is tied
        assert model.model.embed_tokens.weight is not tied
    assert model.model.embed_tokens.weight is tied


@pytest.mark.parametrize("kind", ["gemma2", "gemma3"])
def test_where_a_norm_follows_what_blocks_write_it_is_refused_with_the_reason(kind: str) -> None:
    """Orthogonalised weights would not be ablation there: the norm's gain turns the direction back in."""
    lm = handle(kind)
    block, unit = lm.architecture.layers[1], DIRECTION.unit
    gain = block.post_feedforward_layernorm
    gain.weight.data.normal_(generator=torch.Generator().manual_seed(0))
    written = torch.randn(32, generator=torch.Generator().manual_seed(2))
    written = written - (written @ unit) * unit
    assert abs(float(gain(written) @ unit)) > 0.1
    gain.weight.data.zero_()
    with (
        pytest.raises(ValueError, match=r"norms what its blocks write .*steer with Ablate"),
        orthogonalized(lm, ANOTHER),
    ):
        pass
    with pytest.raises(ValueError, match="norms what its blocks write"):
        write_ablations(lm, ANOTHER)


def test_weights_come_back_after_an_error() -> None:
    lm = handle("llama")
    plain = lm.logits(PROMPTS[0])
    with pytest.raises(KeyError), orthogonalized(lm, DIRECTION):
        raise KeyError
    with pytest.raises(ValueError, match="a direction is zero"), orthogonalized(lm, torch.zeros(32)):
        pass
    assert torch.equal(lm.logits(PROMPTS[0]), plain)
