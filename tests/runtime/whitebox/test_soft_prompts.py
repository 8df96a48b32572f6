"""Virtual tokens of PEFT act in everything that is done here, as they do in PEFT's own passes."""

from typing import Any

import peft
import pytest
import torch
from peft.mapping import PEFT_TYPE_TO_CONFIG_MAPPING as CONFIGS

from seer_evals.runtime.context import context_length
from seer_evals.runtime.models.generation import Request, generate
from seer_evals.runtime.models.system_prompt import install_system_prompt
from seer_evals.runtime.whitebox import Add, LanguageModel, Replace, chat
from seer_evals.runtime.whitebox.adapters import activation_difference, adapter_norms, adapter_scaled
from tests.runtime.tiny_models import tiny_model, tiny_tokenizer
from tests.runtime.whitebox.peft_kinds import randomized
from tests.runtime.whitebox.zoo import PROMPTS, hooks

VIRTUAL = 3
KINDS: dict[str, dict[str, Any]] = {
    "PREFIX_TUNING": {"num_virtual_tokens": VIRTUAL},
    "PROMPT_TUNING": {"num_virtual_tokens": VIRTUAL},
    "P_TUNING": {"num_virtual_tokens": VIRTUAL, "encoder_hidden_size": 16},
    "CPT": {"cpt_token_ids": [5, 6, 7], "cpt_mask": [1, 1, 1], "cpt_tokens_type_mask": [1, 1, 1]},
    "CARTRIDGE": {"num_virtual_tokens": VIRTUAL},
}


def model_with(kind: str, architecture: str = "llama") -> Any:
    config = CONFIGS[peft.PeftType(kind)](task_type="CAUSAL_LM", **KINDS[kind])
    return randomized(peft.get_peft_model(tiny_model(architecture), config))


@pytest.fixture(params=KINDS)
def lm(request: pytest.FixtureRequest) -> LanguageModel:
    return LanguageModel(model_with(request.param), tiny_tokenizer())


@torch.no_grad()
def pefts(lm: LanguageModel, prompt: str) -> torch.Tensor:
    """PEFT's own logits of the visible tokens."""
    ids = torch.tensor([lm.encode(prompt).ids])
    logits: torch.Tensor = lm.model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits[0, -ids.shape[1] :]
    return logits


def test_logits_and_texts_are_pefts_alone_and_in_a_batch(lm: LanguageModel) -> None:
    assert lm.has_adapter
    together, texts = lm.logits(list(PROMPTS)), lm.generate(list(PROMPTS), max_new_tokens=5).tokens
    for row, prompt in enumerate(PROMPTS):
        torch.testing.assert_close(together[row], pefts(lm, prompt)[-1], atol=1e-3, rtol=1e-3)
        ids = torch.tensor([lm.encode(prompt).ids])
        own = {"max_new_tokens": 5, "min_new_tokens": 5, "do_sample": False}
        expected = lm.model.generate(input_ids=ids, attention_mask=torch.ones_like(ids), **own)[0, ids.shape[1] :]
        assert texts[row] == expected.tolist()[: len(texts[row])]
    assert hooks(lm) == 0


def test_the_targets_own_generation_is_under_them_too(lm: LanguageModel) -> None:
    requests = [Request(chat("Hello."), max_tokens=5, temperature=0)]
    [found] = generate(lm.model, tiny_tokenizer(), requests)
    assert found.text == lm.generate([chat("Hello.")], max_new_tokens=5).texts[0]
    with lm.adapter_off():
        [base] = generate(lm.model, tiny_tokenizer(), requests)
    [expected] = generate(tiny_model("llama"), tiny_tokenizer(), requests)
    assert base.text == expected.text != found.text


def test_they_take_their_share_of_the_context_while_they_act(lm: LanguageModel) -> None:
    whole = context_length(tiny_model("llama"))
    assert context_length(lm.model) == whole - VIRTUAL
    with lm.adapter_off():
        assert context_length(lm.model) == whole
    with pytest.raises(ValueError, match=f"this model reads {whole - VIRTUAL} at most"):
        lm.logits([[5] * (whole - VIRTUAL + 1)])


def test_off_is_the_base_and_on_again_is_not(lm: LanguageModel) -> None:
    on, base = lm.logits(PROMPTS[0]), LanguageModel(tiny_model("llama"), tiny_tokenizer()).logits(PROMPTS[0])
    with lm.adapter_off():
        assert torch.equal(lm.logits(PROMPTS[0]), base)
        with lm.adapters("default"):
            torch.testing.assert_close(lm.logits(PROMPTS[0]), on, atol=1e-4, rtol=0)
    torch.testing.assert_close(lm.logits(PROMPTS[0]), on, atol=1e-4, rtol=0)
    assert not torch.allclose(on, base, atol=0.1)
    assert float(activation_difference(lm, PROMPTS[0], -1).norm()) > 1.0


def test_readings_and_edits_are_of_visible_tokens_only(lm: LanguageModel) -> None:
    acts = lm.activations(PROMPTS[0], positions="all")
    assert acts.tensor.shape[2] == len(lm.encode(PROMPTS[0]).ids)
    marker = torch.full((32,), 7.0)
    with lm.steer(Replace(layer=1, value=marker, positions=[0])):
        marked = lm.activations(PROMPTS[0], 1, positions="all").tensor[0, 0]
    assert marked.eq(7).all(dim=-1).nonzero()[:, 0].tolist() == [0]
    torch.testing.assert_close(marked[1:], acts.tensor[0, 1, 1:])
    with lm.steer(Add(layer=1, vector=marker)):
        moved = lm.activations(PROMPTS[0], 1, positions="all").tensor[0, 0]
    torch.testing.assert_close(moved, acts.tensor[0, 1] + 7, atol=1e-4, rtol=1e-4)


def test_they_have_neither_scale_nor_norm(lm: LanguageModel) -> None:
    with pytest.raises(ValueError, match=r"a soft prompt \(\w+\): it changes no weights"):
        adapter_norms(lm)
    with pytest.raises(ValueError, match="it changes no weights"), adapter_scaled(lm, 0.5):
        pass


def test_what_acts_by_tasks_is_refused_at_once() -> None:
    config = peft.MultitaskPromptTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=3, num_tasks=2)
    with pytest.raises(TypeError, match="'default' is of type MULTITASK_PROMPT_TUNING"):
        LanguageModel(peft.get_peft_model(tiny_model("llama"), config), tiny_tokenizer())


def test_a_hidden_prompt_before_them_is_refused() -> None:
    with pytest.raises(TypeError, match="soft prompt cannot have a hidden system prompt"):
        install_system_prompt(model_with("PREFIX_TUNING"), tiny_tokenizer(), "You love owls.")
