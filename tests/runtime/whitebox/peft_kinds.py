"""Adapters of every type that PEFT has for causal language models, far from their starts."""

from typing import Any

import torch

from tests.runtime.tiny_models import tiny_model

LORA: dict[str, dict[str, Any]] = {
    "lora": {"target_modules": "all-linear"},
    "rslora": {"target_modules": ["q_proj", "down_proj"], "use_rslora": True},
    "dora": {"target_modules": ["q_proj", "down_proj"], "use_dora": True},
    "dora of embeddings": {"target_modules": ["q_proj", "embed_tokens"], "use_dora": True},
    "embeddings and head": {"target_modules": ["q_proj", "lm_head", "embed_tokens"]},
    "saved head": {"target_modules": ["q_proj"], "modules_to_save": ["lm_head"]},
    "saved embeddings and norm": {"target_modules": ["q_proj"], "modules_to_save": ["embed_tokens", "norm"]},
    "saved mlp": {"target_modules": ["q_proj"], "modules_to_save": ["mlp"]},
    "tokens": {"target_modules": ["q_proj"], "trainable_token_indices": [5, 6, 7]},
    "tokens and saved head": {
        "target_modules": ["q_proj"],
        "trainable_token_indices": [5, 6],
        "modules_to_save": ["lm_head"],
    },
}
TARGETED = ["q_proj", "down_proj"]
TUNERS: dict[str, dict[str, Any]] = {
    "ADALORA": {"total_step": 10},
    "BOFT": {"boft_block_size": 8},
    "C3A": {"block_size": 8},
    "DELORA": {},
    "FOURIERFT": {"n_frequency": 30},
    "HIRA": {},
    "HRA": {"r": 4},
    "IA3": {"feedforward_modules": ["down_proj"]},
    "LN_TUNING": {"target_modules": ["input_layernorm"]},
    "LOHA": {},
    "LOKR": {},
    "OFT": {"oft_block_size": 8, "r": 0},
    "OSF": {},
    "PEANUT": {},
    "PVERA": {},
    "RANDLORA": {"r": 4},
    "ROAD": {"group_size": 8},
    "SHIRA": {"r": 2},
    "TRAINABLE_TOKENS": {"token_indices": [5, 6], "target_modules": ["embed_tokens"]},
    "VBLORA": {"vector_length": 8, "num_vectors": 8, "target_modules": ["q_proj"]},
    "VERA": {},
    "WAVEFT": {"n_frequency": 30, "target_modules": ["q_proj"]},
}
NO_WEIGHTS: dict[str, dict[str, Any]] = {"LILY": {}, "BEFT": {}, "LORA": {"lora_bias": True, "r": 4}}
"""What these compute is no change of weights, the last two for want of a bias in the base."""
KINDS = (*LORA, *TUNERS)


def with_adapter(kind: str, model: Any = None) -> Any:
    """A `PeftModel` with an adapter of that kind, drawn at random, on a Llama with four blocks if not on `model`."""
    import peft
    from peft.mapping import PEFT_TYPE_TO_CONFIG_MAPPING as CONFIGS

    if kind in LORA:
        config = peft.LoraConfig(r=4, task_type="CAUSAL_LM", **LORA[kind])
    else:
        options = {"target_modules": TARGETED} | (TUNERS | NO_WEIGHTS)[kind]
        config = CONFIGS[peft.PeftType(kind)](task_type="CAUSAL_LM", **options)
    return randomized(peft.get_peft_model(tiny_model("llama") if model is None else model, config))


def randomized(model: Any, seed: int = 1) -> Any:
    """The model with everything that is trained moved at random, and frozen."""
    generator = torch.Generator().manual_seed(seed)
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data += 0.3 * torch.randn(parameter.shape, generator=generator)
    return model.eval().requires_grad_(False)
