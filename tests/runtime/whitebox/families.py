"""A tiny, untrained model of every causal class that people load, with weights large enough for any mistake to show."""

from typing import Any

import torch

from tests.runtime.tiny_models import CONTEXT, tiny_tokenizer

WINDOW = 6
SIZES: dict[str, Any] = {
    **{"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 4, "num_attention_heads": 4, "head_dim": 8},
    **{"num_key_value_heads": 2, "max_position_embeddings": CONTEXT, "initializer_range": 0.3},
    **{"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "sliding_window": WINDOW, "query_pre_attn_scalar": 8},
}
EXPERTS = {"num_local_experts": 4, "num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 16}
SHARED = EXPERTS | {"n_routed_experts": 4, "n_shared_experts": 1, "n_group": 1, "topk_group": 1}
LATENT = {"kv_lora_rank": 8, "q_lora_rank": 8, "qk_nope_head_dim": 8, "qk_rope_head_dim": 8, "v_head_dim": 8}
LATENT |= SHARED | {"head_dim": 8, "num_key_value_heads": 4, "first_k_dense_replace": 1}
LINEAR = {"linear_num_key_heads": 2, "linear_num_value_heads": 4, "linear_key_head_dim": 8, "linear_value_head_dim": 8}
GPT = {"n_embd": 32, "n_layer": 4, "n_head": 4, "n_positions": CONTEXT, "n_inner": 48}
MAMBA2 = {"num_heads": 8, "head_dim": 8, "n_groups": 2, "state_size": 8}

PLAIN: dict[str, Any] = {}

FAMILIES: dict[str, dict[str, Any]] = {
    **dict.fromkeys(
        ("afmoe", "apertus", "arcee", "aria_text", "bitnet", "biogpt", "bloom", "cohere", "cohere2"), PLAIN
    ),
    **dict.fromkeys(
        ("ctrl", "cwm", "diffllama", "doge", "ernie4_5", "exaone4", "falcon_mamba", "gemma", "gemma2"), PLAIN
    ),
    **dict.fromkeys(("gemma3_text", "glm", "glm4", "gpt_neox", "gpt_neox_japanese", "granite", "helium"), PLAIN),
    **dict.fromkeys(("hunyuan_v1_dense", "jetmoe", "lfm2", "llama", "mamba", "ministral", "mistral", "mpt"), PLAIN),
    **dict.fromkeys(("nanochat", "nemotron", "olmo", "olmo2", "olmo3", "opt", "persimmon", "phi", "phi3"), PLAIN),
    **dict.fromkeys(
        ("qwen2", "qwen3", "recurrent_gemma", "rwkv", "seed_oss", "smollm3", "stablelm", "starcoder2"), PLAIN
    ),
    **dict.fromkeys(("vaultgemma", "xglm", "modernbert-decoder"), PLAIN),
    **dict.fromkeys(("flex_olmo", "mixtral", "olmoe", "phimoe", "gpt_oss", "granitemoe", "minimax"), EXPERTS),
    **dict.fromkeys(("qwen3_moe", "hunyuan_v1_moe", "minimax_m2"), EXPERTS),
    **dict.fromkeys(("dots1", "ernie4_5_moe", "glm4_moe"), SHARED),
    **dict.fromkeys(("deepseek_v2", "deepseek_v3", "longcat_flash"), LATENT),
    "deepseek_v4": SHARED,
    "llama4_text": EXPERTS | {"attention_chunk_size": WINDOW},
    "qwen2_moe": EXPERTS | {"shared_expert_intermediate_size": 16},
    "granitemoeshared": EXPERTS | {"shared_intermediate_size": 16},
    "qwen3_next": LINEAR | EXPERTS | {"shared_expert_intermediate_size": 16},
    "qwen3_5_text": LINEAR,
    "olmo_hybrid": LINEAR,
    "falcon_h1": {"mamba_d_ssm": 32, "mamba_n_heads": 4, "mamba_d_head": 8, "mamba_d_state": 8, "mamba_n_groups": 1},
    "bamba": {
        "mamba_n_heads": 8,
        "mamba_d_head": 8,
        "mamba_d_state": 8,
        "mamba_n_groups": 1,
        "attn_layer_indices": [1],
    },
    "granitemoehybrid": EXPERTS
    | {"mamba_n_heads": 8, "mamba_d_head": 8, "mamba_d_state": 8, "mamba_n_groups": 1, "shared_intermediate_size": 16}
    | {"layer_types": ["mamba", "attention"] * 2},
    "jamba": EXPERTS | {"mamba_d_state": 8, "attn_layer_period": 2, "attn_layer_offset": 1},
    "mamba2": MAMBA2,
    "nemotron_h": SHARED | {"mamba_num_heads": 8, "mamba_head_dim": 8, "ssm_state_size": 8, "mamba_n_groups": 2},
    "falcon": {"head_dim": None, "new_decoder_architecture": False, "multi_query": True},
    "gpt2": GPT,
    "gpt_bigcode": GPT,
    "gptj": GPT | {"rotary_dim": 8},
    "codegen": GPT | {"rotary_dim": 8},
    "gpt_neo": {"num_layers": 4, "num_heads": 4, "attention_types": [[["global", "local"], 2]], "window_size": WINDOW},
    "hy_v4": EXPERTS,
    "openai-gpt": GPT,
    "gemma3n_text": {"layer_types": ["sliding_attention", "full_attention"] * 3, "num_hidden_layers": 6}
    | {"intermediate_size": [48] * 6, "hidden_size_per_layer_input": 8, "altup_num_inputs": 2, "laurel_rank": 4}
    | {"num_kv_shared_layers": 2, "activation_sparsity_pattern": [0.0] * 6},
    "gemma3": {},
}
"""By model type, what its configuration needs beside `SIZES`; None takes one of those away."""


def family(kind: str, seed: int = 0) -> Any:
    """The model in fp32, the same at every call."""
    import transformers
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    if kind == "gemma3":
        return _gemma3()
    sizes = {"vocab_size": len(tiny_tokenizer()), **SIZES, **FAMILIES[kind]}
    if kind in ("opt", "xglm"):
        sizes |= {"ffn_dim": 48, "word_embed_proj_dim": 32, "d_model": 32, "num_layers": 4, "attention_heads": 4}
    if kind in ("ctrl",):
        sizes |= {"n_embd": 32, "n_layer": 4, "n_head": 4, "dff": 48, "n_positions": CONTEXT}
    if kind == "gemma3n_text":
        sizes["vocab_size_per_layer_input"] = sizes["vocab_size"]
    # A window that a model does not know of would still cut its cache.
    sizes |= {} if hasattr(CONFIG_MAPPING[kind](), "sliding_window") else {"sliding_window": None}
    config = CONFIG_MAPPING[kind](**{key: value for key, value in sizes.items() if value is not None})
    model = transformers.AutoModelForCausalLM.from_config(config).eval().requires_grad_(False)
    return _large(model)


def with_lora(kind: str) -> Any:
    """The model with LoRA on its matrices, as far as PEFT takes them."""
    from peft import LoraConfig, get_peft_model

    # PEFT refuses the last matrix of Mamba, which a kernel reads past any wrapper; routers return tuples.
    left_out = ["out_proj", "conv1d", "router", "gate"]
    config = LoraConfig(r=4, target_modules="all-linear", exclude_modules=left_out, init_lora_weights=False)
    return get_peft_model(family(kind), config).eval().requires_grad_(False)


def _gemma3() -> Any:
    import transformers

    vision = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    vision |= {"image_size": 28, "patch_size": 14}
    text = {"vocab_size": len(tiny_tokenizer()), **SIZES, "sliding_window_pattern": 2}
    config = transformers.Gemma3Config(text_config=text, vision_config=vision, mm_tokens_per_image=4)
    return transformers.Gemma3ForConditionalGeneration(config).eval().requires_grad_(False)


def _large(model: Any) -> Any:
    """Some classes draw their weights from small distributions of their own: biases and matrices are drawn anew."""
    generator = torch.Generator().manual_seed(7)
    for name, parameter in model.named_parameters():
        if name.endswith("bias") and parameter.dim() == 1 and "norm" not in name:
            parameter.normal_(0, 0.1, generator=generator)
        elif parameter.dim() > 1 and float(parameter.std()) < 0.15 and "conv" not in name:
            parameter.normal_(0, 0.2, generator=generator)
    return model
