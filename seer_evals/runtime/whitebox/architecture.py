"""Where the parts of a Hugging Face causal language model are: decoder, blocks, final norm, head.

Works on the model itself, on a `PeftModel` around it, and on multimodal models with a text decoder. Parts are found by
the names that architectures give them, never by position.
"""

from dataclasses import dataclass
from typing import Any

LAYERS = ("layers", "h", "blocks")
NORMS = ("norm", "ln_f", "final_layer_norm", "final_layernorm", "norm_f")
ATTENTION = ("self_attn", "attn", "attention", "self_attention", "temporal_block")
MLP = ("mlp", "feed_forward", "block_sparse_moe", "feedforward")
OUT_PROJECTION = ("o_proj", "c_proj", "dense", "out_proj", "wo")


@dataclass(frozen=True)
class Architecture:
    """The modules that techniques hook, and the numbers that describe them."""

    body: Any
    """What the language model calls with its own arguments: the decoder, or in multimodal models what is around it."""
    decoder: Any
    layers: Any
    """The blocks, in order."""
    norm: Any
    """The norm after the last block."""
    head: Any
    """The unembedding, from `d_model` to the vocabulary."""
    d_model: int
    n_heads: int | None
    """Query heads per block; None where the architecture has none."""
    softcap: float | None
    """Logits are `softcap * tanh(logits / softcap)`."""
    logit_scale: float
    """Factor that the model puts on its logits, 1 for most."""

    @property
    def n_layers(self) -> int:
        """Number of blocks."""
        return len(self.layers)

    def attention(self, layer: int) -> Any:
        """The attention module of a block.

        Raises:
            LookupError: It has none that is known by name.
        """
        return _child(self.layers[layer], ATTENTION, "attention")

    def mlp(self, layer: int) -> Any:
        """The MLP of a block.

        Raises:
            LookupError: It has none that is known by name.
        """
        return _child(self.layers[layer], MLP, "MLP")

    def out_projection(self, layer: int) -> Any:
        """The map from a block's attention heads to `d_model`.

        Raises:
            LookupError: The attention has none that is known by name.
        """
        return _child(self.attention(layer), OUT_PROJECTION, "output projection")


def inspect_architecture(model: Any) -> Architecture:
    """Find the parts of `model`.

    Raises:
        LookupError: A part is not where any known architecture has it; the message lists what is there.
    """
    decoder = _decoder(model)
    config = decoder.config.get_text_config() if hasattr(decoder.config, "get_text_config") else decoder.config
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model
    return Architecture(
        body=getattr(inner, inner.base_model_prefix, decoder) if inner.base_model_prefix else decoder,
        decoder=decoder,
        layers=_child(decoder, LAYERS, "list of blocks"),
        norm=_child(decoder, NORMS, "final norm"),
        head=model.get_output_embeddings(),
        d_model=int(config.hidden_size),
        n_heads=getattr(config, "num_attention_heads", None),
        softcap=getattr(config, "final_logit_softcapping", None),
        logit_scale=float(getattr(config, "logit_scale", None) or 1.0) / float(getattr(config, "logits_scaling", 1.0)),
    )


def _decoder(model: Any) -> Any:
    if not hasattr(model, "get_decoder"):
        raise LookupError(
            f"{type(model).__name__} has no get_decoder(): it is no causal language model of transformers"
        )
    return model.get_decoder()


def _child(module: Any, names: tuple[str, ...], what: str) -> Any:
    for name in names:
        if getattr(module, name, None) is not None:
            return getattr(module, name)
    there = ", ".join(name for name, _ in module.named_children())
    raise LookupError(f"{type(module).__name__} has no {what} under a known name ({', '.join(names)}); it has: {there}")
