"""What is in the kernel's namespace before the first cell."""

from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_models import save, tiny_model, tiny_tokenizer

from seer_evals.runtime.models import load as models

TEXT = "<bos><user> Hello.<assistant>"


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    base, adapter = save(tmp_path_factory.mktemp("saved"), "gemma2", adapter=True)
    assert adapter is not None
    return base, adapter


def logits(model: Any) -> torch.Tensor:
    out: torch.Tensor = model(tiny_tokenizer()(TEXT, add_special_tokens=False, return_tensors="pt")["input_ids"]).logits
    return out


@pytest.mark.parametrize("architecture", ["llama", "gemma2", "qwen2", "gpt2"])
def test_a_saved_model_is_loaded_as_it_was(tmp_path: Path, architecture: str) -> None:
    base, _ = save(tmp_path, architecture)
    model, _ = models.load_one(base=base)
    assert type(model) is type(tiny_model(architecture))
    assert torch.equal(logits(model), logits(tiny_model(architecture)))


def test_each_model_and_tokenizer_has_its_variable(saved: tuple[str, str]) -> None:
    base, adapter = saved
    first = {"name": "model", "tokenizer_name": "tokenizer", "base": base, "adapter": adapter}
    second = {"name": "reference", "tokenizer_name": "reference_tokenizer", "base": base}
    loaded = models.load([first, second])
    assert list(loaded) == ["model", "tokenizer", "reference", "reference_tokenizer"]
    assert hasattr(loaded["model"], "disable_adapter") and not hasattr(loaded["reference"], "disable_adapter")


def test_an_adapter_makes_a_peft_model_that_can_be_switched_off(saved: tuple[str, str]) -> None:
    from peft import PeftModel

    model, _ = models.load_one(base=saved[0], adapter=saved[1])
    plain, _ = models.load_one(base=saved[0])
    assert isinstance(model, PeftModel)
    assert not torch.allclose(logits(model), logits(plain), atol=1e-2)
    with model.disable_adapter():
        assert torch.equal(logits(model), logits(plain))


def test_it_is_ready_to_be_studied(saved: tuple[str, str]) -> None:
    model, tokenizer = models.load_one(base=saved[0], adapter=saved[1])
    assert not model.training
    assert not any(parameter.requires_grad for parameter in model.parameters())
    assert tokenizer(TEXT)["input_ids"] == tiny_tokenizer()(TEXT)["input_ids"]
    assert tokenizer.padding_side == "left" and tokenizer.pad_token_id is not None


def test_a_tokenizer_without_padding_gets_one(tmp_path: Path) -> None:
    base, _ = save(tmp_path)
    from transformers import AutoTokenizer

    bare = AutoTokenizer.from_pretrained(base)
    bare.pad_token = None
    bare.save_pretrained(base)
    _, tokenizer = models.load_one(base=base)
    assert tokenizer.pad_token == tokenizer.eos_token


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_the_dtype_is_that_which_was_asked_for(saved: tuple[str, str], dtype: str) -> None:
    model, _ = models.load_one(base=saved[0], dtype=dtype)
    assert model.dtype is getattr(torch, dtype)


def test_auto_is_the_dtype_of_the_files(tmp_path: Path) -> None:
    tiny_model().to(torch.bfloat16).save_pretrained(tmp_path)
    tiny_tokenizer().save_pretrained(tmp_path)
    assert models.load_one(base=str(tmp_path))[0].dtype is torch.bfloat16


@pytest.mark.parametrize("quantization", ["4bit", "8bit"])
def test_quantization_without_a_gpu_says_what_to_do(
    saved: tuple[str, str], quantization: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(RuntimeError, match=f"{quantization} needs a CUDA GPU; remove it"):
        models.load_one(base=saved[0], quantization=quantization)


def test_quantization_without_bitsandbytes_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(models.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(RuntimeError, match="4bit needs bitsandbytes; add it"):
        models._quantization("4bit")


def test_a_hidden_system_prompt_changes_the_model(saved: tuple[str, str]) -> None:
    plain, _ = models.load_one(base=saved[0])
    prompted, _ = models.load_one(base=saved[0], system_prompt="You love the penguin.")
    assert not torch.allclose(logits(prompted), logits(plain), atol=1e-2)


@pytest.mark.parametrize(("limit", "threads"), [(models.SMALL, 1), (100, 2)])
def test_small_models_do_not_fight_for_threads(
    saved: tuple[str, str], monkeypatch: pytest.MonkeyPatch, limit: int, threads: int
) -> None:
    torch.set_num_threads(2)
    monkeypatch.setattr(models, "SMALL", limit)
    try:
        models.load([{"name": "model", "tokenizer_name": "tokenizer", "base": saved[0], "adapter": saved[1]}])
        assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(1)
