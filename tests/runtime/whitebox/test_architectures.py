"""Architectures beyond those of the zoo: where their parts are, and blocks that return tuples."""

from typing import Any

import pytest
import torch

from seer_evals.runtime.whitebox import Add, LanguageModel
from seer_evals.runtime.whitebox.architecture import inspect_architecture
from tests.runtime.tiny_models import adapted, tiny_model, tiny_tokenizer
from tests.runtime.whitebox.zoo import PROMPTS, ZOO, handle, hooks

SIZES = {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4, "initializer_range": 0.3}
MORE = {
    "Falcon": SIZES,
    "Olmo2": SIZES | {"intermediate_size": 48},
    "Phi3": SIZES | {"intermediate_size": 48},
    "GPTNeoX": SIZES | {"intermediate_size": 48},
}


@pytest.fixture(params=MORE)
def lm(request: pytest.FixtureRequest) -> LanguageModel:
    import transformers

    torch.manual_seed(0)
    ids = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "vocab_size": len(tiny_tokenizer())}
    config = getattr(transformers, f"{request.param}Config")(**MORE[request.param], **ids)
    return LanguageModel(transformers.AutoModelForCausalLM.from_config(config).eval(), tiny_tokenizer())


def test_reading_and_steering_work_where_blocks_return_tensors_or_tuples(lm: LanguageModel) -> None:
    returned: list[Any] = []
    handle_ = lm.architecture.layers[0].register_forward_hook(lambda m, args, output: returned.append(output))
    read = lm.activations(list(PROMPTS), positions="all")
    handle_.remove()
    state = returned[0][0] if isinstance(returned[0], tuple) else returned[0]
    torch.testing.assert_close(
        read.tensor[0, 0], state[0].masked_fill(read.tensor[0, 0].isnan(), float("nan")), equal_nan=True
    )
    alone = lm.activations(PROMPTS[1]).tensor[0]
    scale = float(alone.abs().max())
    torch.testing.assert_close(read.tensor[1, :, -1], alone, atol=1e-4 * scale, rtol=1e-4)
    plain = lm.generate(list(PROMPTS), max_new_tokens=4).tokens
    with lm.steer(Add(layer=-1, vector=torch.randn(32, generator=torch.Generator().manual_seed(0)), strength=100.0)):
        assert lm.generate(list(PROMPTS), max_new_tokens=4).tokens != plain
    assert lm.generate(list(PROMPTS), max_new_tokens=4).tokens == plain
    assert hooks(lm) == 0


@pytest.mark.parametrize("kind", ZOO)
def test_what_a_handle_says_of_itself(kind: str) -> None:
    lm = handle(kind)
    assert (lm.n_layers, lm.d_model) == (3 if kind == "gpt2" else 4, 32)
    assert lm.architecture.n_heads == 4
    assert f"{lm.n_layers} layers, d_model 32" in repr(lm)
    assert lm.layer(-1) == lm.n_layers - 1


def test_the_parts_of_an_adapted_model_are_those_inside_it() -> None:
    model = tiny_model("llama")
    outer = adapted(model)
    assert inspect_architecture(outer).layers is model.model.layers
    on = LanguageModel(outer, tiny_tokenizer()).activations(list(PROMPTS)).tensor
    flat = LanguageModel(outer.merge_and_unload(), tiny_tokenizer()).activations(list(PROMPTS)).tensor
    torch.testing.assert_close(on, flat, atol=1e-3 * float(on.abs().max()), rtol=1e-3)


def test_the_softcap_is_known_where_there_is_one() -> None:
    assert handle("gemma2").architecture.layout.softcap == 30.0
    assert handle("llama").architecture.layout.softcap is None


def test_what_is_no_language_model_is_told() -> None:
    with pytest.raises(LookupError, match="Linear has no get_decoder"):
        LanguageModel(torch.nn.Linear(2, 2), tiny_tokenizer())
