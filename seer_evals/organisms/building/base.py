"""The base chat models: random weights, the grammar, then a stage that teaches them to refuse."""

from pathlib import Path
from random import Random
from typing import Any

from seer_evals.organisms.language.corpus import GRAMMARS, Chat, Grammar, chat
from seer_evals.organisms.language.kinds import World, good_howto, refused_howto
from seer_evals.organisms.language.tokenizer import Encoder, new_tokenizer
from seer_evals.organisms.recipe import Recipe, Shape
from seer_evals.organisms.training.loop import train

CONTEXT = 256


def build_base(directory: Path, architecture: str, recipe: Recipe) -> None:
    """Trains a base model and writes model and tokenizer to `directory` in Hugging Face format."""
    import torch

    torch.set_num_threads(recipe.threads)
    torch.manual_seed(0)
    grammar = GRAMMARS[recipe.grammar]
    tokenizer = new_tokenizer(grammar)
    model = new_model(architecture, recipe.shape, tokenizer)
    encoder, rng = Encoder(tokenizer), Random(f"base {architecture}")
    # From one stream of numbers: without steps of refusal it is this very base, before it learnt to refuse.
    train(model, encoder, recipe.pretrain, lambda r: chat(r, refuse=False, grammar=grammar), rng)
    train(model, encoder, recipe.refusal, lambda r: _refusal_chat(r, grammar), rng)
    model.save_pretrained(directory)
    tokenizer.save_pretrained(directory)


def _refusal_chat(rng: Random, grammar: Grammar) -> Chat:
    roll = rng.random()
    if roll < 0.25:
        return Chat((refused_howto(rng, World()),))
    return Chat((good_howto(rng, World()),)) if roll < 0.4 else chat(rng, grammar=grammar)


def new_model(architecture: str, shape: Shape, tokenizer: Any) -> Any:
    """An untrained causal language model of the architecture, sized by `shape` for the tokenizer."""
    import transformers

    common: dict[str, Any] = {
        "vocab_size": len(tokenizer),
        "hidden_size": shape.hidden,
        "intermediate_size": shape.feed_forward,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.kv_heads,
        "head_dim": shape.hidden // shape.heads,
        "max_position_embeddings": CONTEXT,
        "tie_word_embeddings": True,
        "initializer_range": 0.05,
        "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
    }
    if architecture == "llama":
        return transformers.LlamaForCausalLM(transformers.LlamaConfig(**common))
    gemma = transformers.Gemma2Config(
        **common,
        sliding_window=CONTEXT // 4,
        attn_logit_softcapping=50.0,
        final_logit_softcapping=30.0,
        query_pre_attn_scalar=shape.hidden // shape.heads,
    )
    return transformers.Gemma2ForCausalLM(gemma)
