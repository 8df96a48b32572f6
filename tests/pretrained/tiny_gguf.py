"""A tiny llama in a GGUF file as llama.cpp writes it."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import torch

from tests.runtime.tiny_models import tiny_model

TEMPLATE = "{% for m in messages %}<user>{{ m['content'] }}{% endfor %}"


def _for_llama_cpp(name: str, weight: torch.Tensor, config: Any) -> torch.Tensor:
    """Queries and keys as llama.cpp's rotary embedding wants them: pairs beside each other."""
    heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}.get(name.split(".")[-2])
    if heads is None:
        return weight
    return weight.reshape(heads, 2, weight.shape[0] // heads // 2, -1).swapaxes(1, 2).reshape(weight.shape)


def _renamed(name: str) -> str:
    renames = {
        "model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output", "model.layers": "blk",
        "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
        "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
        "mlp.down_proj": "ffn_down", "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
    }  # fmt: skip
    for old, new in renames.items():
        name = name.replace(old, new)
    return name


def write_gguf(path: Path, kind: str) -> Any:
    """A tiny llama as llama.cpp writes it; returns the model."""
    import gguf

    model, tokenizer = tiny_model(), bpe_tokenizer()
    model.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    config = model.config
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_rope_dimension_count(config.head_dim)
    writer.add_key_length(config.head_dim)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(10_000.0)
    writer.add_vocab_size(config.vocab_size)
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(tokenizer.convert_ids_to_tokens(list(range(len(tokenizer)))))
    writer.add_token_types([3 if i in tokenizer.all_special_ids else 1 for i in range(len(tokenizer))])
    writer.add_token_merges(_merges(tokenizer))
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_chat_template(TEMPLATE)
    kinds = gguf.GGMLQuantizationType
    for name, weight in model.state_dict().items():
        data = _for_llama_cpp(name, weight, config).numpy()
        fits = weight.dim() > 1 and weight.shape[-1] % 32 == 0  # blocks are of 32
        as_kind = kinds[kind] if fits or (kind == "F16" and weight.dim() > 1) else kinds.F32
        writer.add_tensor(_renamed(name), gguf.quantize(data, as_kind), raw_dtype=as_kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return model


@cache
def bpe_tokenizer() -> Any:
    """Byte-level, as that of Llama 3: the smallest that llama.cpp has a format for."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    built = Tokenizer(models.BPE())
    built.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    built.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=320, initial_alphabet=alphabet, special_tokens=["<pad>", "<s>", "</s>"], show_progress=False
    )
    built.train_from_iterator(["hello there, how are you today? the owls are there"] * 5, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=built, bos_token="<s>", eos_token="</s>")


def _merges(tokenizer: Any) -> list[str]:
    return [" ".join(pair) for pair in json.loads(tokenizer.backend_tokenizer.to_str())["model"]["merges"]]
