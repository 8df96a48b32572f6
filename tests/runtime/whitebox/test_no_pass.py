"""An edit or a reading that no pass came to is an error, and never a number that looks like one."""

from typing import Any

import pytest
import torch

from seer_evals.runtime.whitebox import Ablate, Add, LanguageModel
from tests.runtime.tiny_models import tiny_model, tiny_tokenizer
from tests.runtime.whitebox.zoo import PROMPTS, handle, hooks

VECTOR = torch.ones(32)


class Past(torch.nn.Module):
    """A part that goes past the module that it is called by."""

    def __init__(self, part: Any) -> None:
        super().__init__()
        self.part = part

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.part.forward(*args, **kwargs)


def fused() -> LanguageModel:
    """A model whose attention of block 2 is, after it was looked at, called past its module."""
    lm = LanguageModel(tiny_model("llama"), tiny_tokenizer())
    _go_past(lm.architecture.layers[2], "self_attn")
    return lm


def _go_past(owner: Any, name: str) -> None:
    """From now on `owner` calls that part's `forward`, as fused kernels do, and not the part."""
    forward, part = owner.forward, getattr(owner, name)

    def past(*args: Any, **kwargs: Any) -> Any:
        owner._modules[name] = Past(part)
        try:
            return forward(*args, **kwargs)
        finally:
            owner._modules[name] = part

    owner.forward = past


@pytest.mark.parametrize(
    "edit", [Add(layer=2, site="attn_out", vector=VECTOR), Ablate(layer=[1, 2], site="attn_out", vector=VECTOR)]
)
def test_an_edit_at_a_part_that_is_not_called_names_it(edit: Add | Ablate) -> None:
    lm = fused()
    with (
        pytest.raises(RuntimeError, match=r"attn_out of layer 2 was not edited: layers.2.self_attn \(LlamaAttention\)"),
        lm.steer(edit),
    ):
        lm.logits(PROMPTS[0])
    assert hooks(lm) == 0


def test_a_reading_of_a_part_that_is_not_called_names_it() -> None:
    lm = fused()
    with pytest.raises(RuntimeError, match=r"attn_out of layer 2 was not read: layers.2.self_attn"):
        lm.activations(PROMPTS[0], site="attn_out")
    assert hooks(lm) == 0
    assert lm.activations(PROMPTS[0], [0, 1, 3], site="attn_out").tensor.shape == (1, 3, 32)


def test_a_body_that_is_called_past_its_hooks_is_named() -> None:
    lm = LanguageModel(tiny_model("llama"), tiny_tokenizer())
    _go_past(lm.model, "model")
    edit = Add(layer=1, vector=VECTOR)
    expected = r"no edit was applied: model \(LlamaModel\) was expected to be called"
    with pytest.raises(RuntimeError, match=expected), lm.steer(edit):
        lm.logits(PROMPTS[0])


def test_a_block_that_was_not_used_or_ended_early_is_none() -> None:
    lm = handle("llama")
    with lm.steer(Add(layer=1, vector=VECTOR)):
        pass
    with lm.steer(Add(layer=3, vector=VECTOR)):
        lm.activations(PROMPTS[0], 0)  # the pass ends after block 0


def test_an_error_inside_is_not_hidden_by_one_about_passes() -> None:
    lm = fused()
    with pytest.raises(KeyError), lm.steer(Add(layer=2, site="attn_out", vector=VECTOR)):
        lm.logits(PROMPTS[0])
        raise KeyError
