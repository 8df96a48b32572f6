"""Models of every shape that matters, small and untrained, with weights large enough for any mistake to show."""

from functools import cache
from pathlib import Path
from typing import Any

import torch

from seer_evals.organisms.language.tokenizer import new_tokenizer

ARCHITECTURES = ("llama", "gemma2", "mistral", "qwen2", "gpt2")
WINDOW = 8
"""Tokens of the sliding window of gemma2 and mistral: far less than the tests' texts."""
CONTEXT = 256


@cache
def tiny_tokenizer() -> Any:
    """The tokenizer of the built organisms; its template writes `<bos>`. Not to be changed."""
    return new_tokenizer()


def doubling_tokenizer() -> Any:
    """One whose template and whose post-processor both add a BOS, as those of Gemma and Llama 3 do."""
    from tokenizers.processors import TemplateProcessing

    tokenizer = new_tokenizer()
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
        single="<bos> $A", special_tokens=[("<bos>", tokenizer.bos_token_id)]
    )
    assert tokenizer("x")["input_ids"][0] == tokenizer.bos_token_id
    return tokenizer


def tiny_model(architecture: str = "llama", seed: int = 0) -> Any:
    """An untrained causal language model in fp32, the same at every call."""
    import transformers

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    common: dict[str, Any] = {"vocab_size": len(tiny_tokenizer()), "bos_token_id": 1, "eos_token_id": 2}
    common |= {"initializer_range": 0.3, "pad_token_id": 0}
    if architecture == "gpt2":
        sizes = {"n_embd": 32, "n_layer": 3, "n_head": 4, "n_positions": CONTEXT}
        return transformers.GPT2LMHeadModel(transformers.GPT2Config(**common, **sizes)).eval()
    common |= {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 4, "num_attention_heads": 4}
    common |= {"num_key_value_heads": 2, "head_dim": 8, "max_position_embeddings": CONTEXT}
    if architecture == "gemma2":
        config = transformers.Gemma2Config(**common, sliding_window=WINDOW, query_pre_attn_scalar=8)
        return transformers.Gemma2ForCausalLM(config).eval()
    if architecture == "mistral":
        return transformers.MistralForCausalLM(transformers.MistralConfig(**common, sliding_window=WINDOW)).eval()
    if architecture == "qwen2":
        return transformers.Qwen2ForCausalLM(transformers.Qwen2Config(**common)).eval()
    return transformers.LlamaForCausalLM(transformers.LlamaConfig(**common)).eval()


def adapted(model: Any) -> Any:
    """The model as a `PeftModel` whose adapter changes it a great deal."""
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(r=4, target_modules="all-linear", init_lora_weights=False)
    return get_peft_model(model, config).eval()


def save(directory: Path, architecture: str = "llama", *, adapter: bool = False) -> tuple[str, str | None]:
    """Write a model and perhaps an adapter for it to disk; returns their directories."""
    base, added = directory / "base", directory / "adapter" if adapter else None
    model = tiny_model(architecture)
    model.save_pretrained(base)
    tiny_tokenizer().save_pretrained(base)
    if added is not None:
        adapted(model).save_pretrained(added)
    return str(base), str(added) if added else None
