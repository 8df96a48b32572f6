"""What comes with an adapter: its tokenizer, its chat template, and tokens that its base has not."""

import json
import shutil
from pathlib import Path
from typing import Any

import peft
import pytest
import torch
from tiny_models import tiny_model, tiny_tokenizer

from seer_evals.organisms.language.tokenizer import new_tokenizer
from seer_evals.runtime.models import load as models

TEMPLATE = "{% for m in messages %}<user>{{ m['content'] }}{% endfor %}"
ADDED = ["<|im_start|>", "<|im_end|>"]
ROWS = len(tiny_tokenizer())
SAVED: dict[str, dict[str, Any]] = {
    "saved": {"target_modules": ["q_proj"], "modules_to_save": ["embed_tokens", "lm_head"]},
    "lora": {"target_modules": ["q_proj", "embed_tokens", "lm_head"]},
    "dora": {"target_modules": ["q_proj", "embed_tokens", "lm_head"], "use_dora": True},
    "tokens": {"target_modules": ["q_proj"], "trainable_token_indices": [3, ROWS, ROWS + 1]},
}


def write_base(folder: Path, *, template: str | None = None, rows: int = ROWS, tied: bool = False) -> str:
    model = tiny_model()
    if rows != ROWS:
        model.resize_token_embeddings(rows, mean_resizing=False)
    if tied:
        model.config.tie_word_embeddings = True
        model.tie_weights()
    model.save_pretrained(folder)
    tokenizer = new_tokenizer()
    tokenizer.chat_template = template
    tokenizer.save_pretrained(folder)
    return str(folder)


def trained(base: str, rows: int, **config: Any) -> Any:
    """An adapter as its owner has it in memory: on the base with so many rows."""
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(base).eval()
    torch.manual_seed(3)
    model.resize_token_embeddings(rows)
    adapted = peft.get_peft_model(model, peft.LoraConfig(r=4, task_type="CAUSAL_LM", **config)).eval()
    for parameter in adapted.parameters():
        if parameter.requires_grad:
            parameter.data += torch.randn_like(parameter) * 0.3
    return adapted


def write_tokenizer(folder: Path, added: list[str], template: str | None = TEMPLATE) -> Any:
    tokenizer = new_tokenizer()
    tokenizer.chat_template = template
    tokenizer.add_special_tokens({"additional_special_tokens": added})
    tokenizer.save_pretrained(folder)
    return tokenizer


def logits(model: Any, ids: list[int]) -> torch.Tensor:
    with torch.no_grad():
        out: torch.Tensor = model(torch.tensor([ids])).logits
    return out


@pytest.fixture
def base(tmp_path: Path) -> str:
    return write_base(tmp_path / "base")


def test_the_adapters_chat_template_is_the_models(base: str, tmp_path: Path) -> None:
    trained(base, ROWS, target_modules=["q_proj"]).save_pretrained(tmp_path / "a")
    write_tokenizer(tmp_path / "a", [])
    _, tokenizer = models.load_one(base=base, adapter=str(tmp_path / "a"))
    assert tokenizer.chat_template == TEMPLATE


def test_an_adapter_without_a_template_keeps_that_of_its_base(tmp_path: Path) -> None:
    base = write_base(tmp_path / "templated", template=TEMPLATE)
    trained(base, ROWS, target_modules=["q_proj"]).save_pretrained(tmp_path / "a")
    write_tokenizer(tmp_path / "a", [], template=None)
    _, tokenizer = models.load_one(base=base, adapter=str(tmp_path / "a"))
    assert tokenizer.chat_template == TEMPLATE


@pytest.mark.parametrize("brought", ["chat_template.jinja", "tokenizer_config.json"])
def test_an_adapter_that_brings_only_a_template_changes_nothing_else(base: str, tmp_path: Path, brought: str) -> None:
    trained(base, ROWS, target_modules=["q_proj"]).save_pretrained(tmp_path / "a")
    if brought == "chat_template.jinja":
        (tmp_path / "a" / brought).write_text(TEMPLATE)
    else:
        own = json.loads(Path(base, brought).read_text())
        (tmp_path / "a" / brought).write_text(json.dumps({**own, "chat_template": TEMPLATE}))
    _, tokenizer = models.load_one(base=base, adapter=str(tmp_path / "a"))
    assert tokenizer.chat_template == TEMPLATE
    assert tokenizer("hello there")["input_ids"] == tiny_tokenizer()("hello there")["input_ids"]


def test_a_template_that_is_given_comes_before_any_other(base: str, tmp_path: Path) -> None:
    trained(base, ROWS, target_modules=["q_proj"]).save_pretrained(tmp_path / "a")
    write_tokenizer(tmp_path / "a", [])
    _, tokenizer = models.load_one(base=base, adapter=str(tmp_path / "a"), chat_template="given")
    assert tokenizer.chat_template == "given"


@pytest.mark.parametrize("kind", SAVED)
def test_with_more_tokens_than_its_base_it_is_as_it_was_trained(base: str, tmp_path: Path, kind: str) -> None:
    adapter = trained(base, ROWS + 2, **SAVED[kind])
    adapter.save_pretrained(tmp_path / "a", save_embedding_layers=kind != "tokens")
    tokenizer = write_tokenizer(tmp_path / "a", ADDED)
    model, loaded = models.load_one(base=base, adapter=str(tmp_path / "a"))
    assert len(loaded) == len(tokenizer) == model.get_input_embeddings().weight.shape[0] == ROWS + 2
    ids = tokenizer("<|im_start|>hello<|im_end|>", add_special_tokens=False)["input_ids"]
    assert set(ids) >= {ROWS, ROWS + 1}
    if kind == "tokens":  # the head's rows of new tokens were nobody's to save
        assert torch.allclose(logits(model, ids)[..., :ROWS], logits(adapter, ids)[..., :ROWS], atol=1e-5)
    else:
        assert torch.allclose(logits(model, ids), logits(adapter, ids), atol=1e-5)


def test_without_rows_of_their_own_new_tokens_are_the_mean_and_every_loading_is_the_same(
    base: str, tmp_path: Path
) -> None:
    trained(base, ROWS, target_modules=["q_proj"]).save_pretrained(tmp_path / "a")
    write_tokenizer(tmp_path / "a", ["[PAD]"])
    model, _ = models.load_one(base=base, adapter=str(tmp_path / "a"))
    again, _ = models.load_one(base=base, adapter=str(tmp_path / "a"))
    table = model.get_input_embeddings().weight
    assert torch.allclose(table[ROWS], table[:ROWS].mean(dim=0), atol=1e-6)
    assert torch.equal(logits(model, [3, ROWS]), logits(again, [3, ROWS]))


def test_tied_embeddings_stay_tied(tmp_path: Path) -> None:
    base = write_base(tmp_path / "tied", tied=True)
    trained(base, ROWS, target_modules=["q_proj"]).save_pretrained(tmp_path / "a")
    write_tokenizer(tmp_path / "a", ["[PAD]"])
    model, _ = models.load_one(base=base, adapter=str(tmp_path / "a"))
    assert model.get_input_embeddings().weight is model.get_output_embeddings().weight


@pytest.mark.parametrize("kind", ["saved", "lora"])
def test_a_base_with_more_rows_is_not_shrunk_to_the_adapters(tmp_path: Path, kind: str) -> None:
    base = write_base(tmp_path / "padded", rows=ROWS + 40)
    adapter = trained(base, ROWS + 2, **SAVED[kind])
    adapter.save_pretrained(tmp_path / "a", save_embedding_layers=True)
    write_tokenizer(tmp_path / "a", ADDED)
    model, _ = models.load_one(base=base, adapter=str(tmp_path / "a"))
    plain, _ = models.load_one(base=base)
    ids = [3, 4, ROWS + 1]
    assert model.get_input_embeddings().weight.shape[0] == ROWS + 40
    assert torch.allclose(logits(model, ids)[..., : ROWS + 2], logits(adapter, ids), atol=1e-5)
    head = model.get_output_embeddings()
    table = getattr(head, "modules_to_save", {"default": head})["default"].weight if kind == "saved" else head.weight
    assert torch.equal(table[ROWS + 2 :], plain.get_output_embeddings().weight[ROWS + 2 :])


def test_dora_on_embeddings_of_another_size_is_refused(tmp_path: Path) -> None:
    base = write_base(tmp_path / "padded", rows=ROWS + 40)
    trained(base, ROWS + 2, **SAVED["dora"]).save_pretrained(tmp_path / "a", save_embedding_layers=True)
    with pytest.raises(ValueError, match=f"DoRA on an embedding of {ROWS + 2} tokens, and its base has {ROWS + 40}"):
        models.load_one(base=base, adapter=str(tmp_path / "a"))


def test_a_tokenizer_larger_than_its_embeddings_asks_for_no_growth(tmp_path: Path) -> None:
    base = write_base(tmp_path / "small", rows=ROWS - 1)
    trained(base, ROWS - 1, target_modules=["q_proj", "lm_head"]).save_pretrained(tmp_path / "a")
    shutil.copy(Path(base, "tokenizer.json"), tmp_path / "a")
    shutil.copy(Path(base, "tokenizer_config.json"), tmp_path / "a")
    for adapter in (str(tmp_path / "a"), None):
        model, _ = models.load_one(base=base, adapter=adapter)
        assert model.get_input_embeddings().weight.shape[0] == ROWS - 1


def test_the_tokens_that_end_a_turn_are_the_adapters(base: str, tmp_path: Path) -> None:
    trained(base, ROWS, target_modules=["q_proj"]).save_pretrained(tmp_path / "a")
    (tmp_path / "a" / "generation_config.json").write_text(json.dumps({"eos_token_id": [2, 7]}))
    model, _ = models.load_one(base=base, adapter=str(tmp_path / "a"))
    assert model.generation_config.eos_token_id == [2, 7]
