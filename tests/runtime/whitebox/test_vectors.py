"""An edit uses its vector as it is at each pass, in every dtype."""

from collections.abc import Callable

import pytest
import torch

from seer_evals.runtime.whitebox import Ablate, Add, Affine, Clamp, Edit, LanguageModel
from tests.runtime.tiny_models import tiny_model, tiny_tokenizer
from tests.runtime.whitebox.zoo import PROMPTS

D = 32


def vector(seed: int) -> torch.Tensor:
    found = torch.randn(D, generator=torch.Generator().manual_seed(seed))
    return found / found.norm() * 4


class TestVectorsThatChange:
    edits: tuple[type[Edit], ...] = (Add, Ablate, Affine, Clamp)

    def edit(self, kind: Callable[..., Edit], value: torch.Tensor) -> Edit:
        more = {Affine: {"center": torch.zeros(D), "strength": 1.0}, Clamp: {"low": 1.0, "high": 1.0}}.get(kind, {})
        return kind(layer=1, vector=value, **more)

    @pytest.mark.parametrize("kind", edits)
    @pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
    @pytest.mark.parametrize("way", ["copy", "data", "numpy", "within"])
    def test_in_place(self, kind: type[Edit], dtype: torch.dtype, way: str) -> None:
        lm = LanguageModel(tiny_model("llama").to(dtype), tiny_tokenizer())
        value = vector(0)
        edit = self.edit(kind, value)
        with lm.steer(edit):
            first = lm.logits(PROMPTS[0])
            if way == "within":
                value.copy_(vector(1))
                found = lm.logits(PROMPTS[0])
        match way:
            case "copy":
                value.copy_(vector(1))
            case "data":
                value.data.copy_(vector(1))
            case "numpy":
                value.numpy()[:] = vector(1).numpy()
        if way != "within":
            with lm.steer(edit):
                found = lm.logits(PROMPTS[0])
        with lm.steer(self.edit(kind, vector(1))):
            expected = lm.logits(PROMPTS[0])
        assert torch.equal(found, expected) and not torch.equal(found, first)

    @pytest.mark.parametrize("kind", edits)
    @pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
    def test_optimised(self, kind: type[Edit], dtype: torch.dtype) -> None:
        lm = LanguageModel(tiny_model("llama").to(dtype), tiny_tokenizer())
        ids = torch.tensor([lm.encode(PROMPTS[0]).ids])
        value = vector(0).requires_grad_()
        edit, losses = self.edit(kind, value), []
        optimizer = torch.optim.SGD([value], lr=1.0)
        for _ in range(4):
            with lm.steer(edit):
                loss = lm.model(ids, labels=ids).loss
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(float(loss))
        assert losses[-1] < losses[0]
        with torch.no_grad(), lm.steer(self.edit(kind, value.detach().clone())):
            expected = lm.model(ids).logits
        with torch.no_grad(), lm.steer(edit):
            assert torch.equal(lm.model(ids).logits, expected)
