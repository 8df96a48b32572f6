"""Every kind of model that the white-box layer is held to, small and untrained; mistakes show in their weights."""

from functools import cache
from typing import Any

import torch

from seer_evals.runtime.models.system_prompt import install_system_prompt
from seer_evals.runtime.whitebox import LanguageModel
from tests.runtime.tiny_models import ARCHITECTURES, CONTEXT, adapted, tiny_model, tiny_tokenizer

TEXT = (*ARCHITECTURES, "gemma3", "qwen3")
ZOO = (*TEXT, "gemma3-multimodal", "peft")

PROMPTS = (
    "What is your favourite animal? A cat is brown.",
    "Hello",
    "The capital of a country is far away from here, and the sky is blue today.",
)
"""Of different lengths, the first of them longer than the sliding windows."""


@cache
def handle(kind: str) -> LanguageModel:
    """The model, which every test leaves as it was; `hidden` is one under a hidden system prompt."""
    return LanguageModel(_model(kind), tiny_tokenizer())


def _model(kind: str) -> Any:
    if kind == "hidden":
        model = tiny_model("llama")
        install_system_prompt(model, tiny_tokenizer(), "You love the fox.")
        return model
    if kind == "peft":
        return adapted(tiny_model("llama"))
    if kind in ARCHITECTURES:
        return tiny_model(kind)
    import transformers

    torch.set_num_threads(1)
    torch.manual_seed(0)
    sizes: dict[str, Any] = {"vocab_size": len(tiny_tokenizer()), "hidden_size": 32, "intermediate_size": 48}
    sizes |= {"num_hidden_layers": 4, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8}
    sizes |= {"max_position_embeddings": CONTEXT, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
    sizes |= {"initializer_range": 0.3}
    if kind == "qwen3":
        return transformers.Qwen3ForCausalLM(transformers.Qwen3Config(**sizes)).eval()
    sizes |= {"sliding_window": 8, "query_pre_attn_scalar": 8, "sliding_window_pattern": 2}
    if kind == "gemma3":
        return transformers.Gemma3ForCausalLM(transformers.Gemma3TextConfig(**sizes)).eval()
    vision = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    vision |= {"image_size": 28, "patch_size": 14}
    config = transformers.Gemma3Config(text_config=sizes, vision_config=vision, mm_tokens_per_image=4)
    return transformers.Gemma3ForConditionalGeneration(config).eval()


def hooks(lm: LanguageModel) -> int:
    """How many hooks the model has."""
    return sum(len(module._forward_hooks) + len(module._forward_pre_hooks) for module in lm.model.modules())
