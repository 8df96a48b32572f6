"""The parts of a Hugging Face causal language model: decoder, blocks, final norm, head.

Works on the model itself, on a `PeftModel` around it, and on multimodal models with a text decoder. What cannot be read
and steered is refused here, with the reason.
"""

from typing import Any

import torch

from ..blocks import blocks_of, inner_model
from ..soft_prompt import without_soft_prompt
from .layout import Block, Layout, block_of, body_of, check_stream, norm_of
from .trace import Trace, trace

CLOSE = 0.02
"""Part of the largest logit by which a reading may differ from it: half precision rounds in every step."""


class Architecture:
    """The modules that techniques hook, and the numbers that describe them."""

    def __init__(self, model: Any, layout: Layout) -> None:
        self._model = model
        self._inner = inner_model(model)
        self.layout = layout
        self.body = self.part(layout.body)
        """What the language model calls with its own arguments: the decoder, or in some models what is around it."""
        self.decoder = self.part(layout.decoder)
        """The module that holds the blocks."""
        self.layers = self.part(layout.layers)
        """The blocks, in order."""

    @property
    def norm(self) -> Any:
        """The norm after the last block."""
        return self.part(self.layout.norm)

    @property
    def head(self) -> Any:
        """The unembedding, from `d_model` to the vocabulary."""
        return self._model.get_output_embeddings()

    @property
    def n_heads(self) -> int | None:
        """Query heads per block; None where the architecture has none."""
        return getattr(text_config(self.decoder), "num_attention_heads", None)

    @property
    def n_layers(self) -> int:
        """Number of blocks."""
        return len(self.layout.blocks)

    def attention(self, layer: int) -> Any:
        """What mixes tokens in a block: its attention, or what stands in its place.

        Raises:
            LookupError: The block has nothing of the kind.
        """
        return self._part(layer, "attention", "attention")

    def mlp(self, layer: int) -> Any:
        """The MLP of a block, or its experts, or the last matrix of a block that has no module for them.

        Raises:
            LookupError: The block has none, or several that work side by side.
        """
        block = self.layout.blocks[layer]
        if block.parallel:
            names = ", ".join(path.rpartition(".")[2] for path in (block.mlp or "", *block.parallel))
            raise LookupError(f"layer {layer} adds up what several modules return ({names}): none is its whole MLP")
        return self._part(layer, "mlp", "MLP")

    def out_projection(self, layer: int) -> Any:
        """The map from a block's attention heads to `d_model`.

        Raises:
            LookupError: The block has no attention heads, or none that go through a module.
        """
        return self._part(layer, "out_projection", "output projection of attention heads")

    def part_path(self, layer: int, site: str) -> str | None:
        """Where the part of a block is whose output a site is."""
        block = self.layout.blocks[layer]
        return {"resid_post": block.path, "attn_out": block.attention, "mlp_out": block.mlp}.get(site)

    def part(self, path: str) -> Any:
        """The module at a path of the layout."""
        return self._inner.get_submodule(path)

    def _part(self, layer: int, name: str, what: str) -> Any:
        path: str | None = getattr(self.layout.blocks[layer], name)
        if path is not None:
            return self.part(path)
        there = ", ".join(child for child, _ in self.layers[layer].named_children())
        others = [i for i, block in enumerate(self.layout.blocks) if getattr(block, name) is not None]
        where = f"layers that have one: {', '.join(map(str, others))}" if others else "no layer has one"
        raise LookupError(f"layer {layer} has no {what}; it has: {there}; {where}")


def text_config(module: Any) -> Any:
    """The configuration of the language model within that of a multimodal one."""
    return module.config.get_text_config() if hasattr(module.config, "get_text_config") else module.config


def inspect_architecture(model: Any) -> Architecture:
    """Find the parts of `model`, by a pass over a few tokens.

    Raises:
        LookupError: A part is not where it is in other models, or the model is of a kind that cannot be read and
            steered; the message says which and why.
    """
    return Architecture(model, inspect_layout(model))


def inspect_layout(model: Any) -> Layout:
    """Where the parts of `model` are, which is the same for all handles of it.

    Raises:
        LookupError: As `inspect_architecture` does.
    """
    inner = inner_model(model)
    holder, blocks = blocks_of(inner)
    names = {id(module): name for name, module in inner.named_modules()}
    decoder, layers = names[id(holder)], names[id(blocks)]
    seen = trace(without_soft_prompt(model), inner)
    paths = [names[id(block)] for block in blocks]
    stream = getattr(text_config(holder), "altup_active_idx", None)
    width = check_stream(seen, paths, type(inner).__name__, stream)
    norm = norm_of(seen, decoder, paths[-1])
    scale, softcap, unembeds = _unembedding(model, inner.get_submodule(norm), seen, seen.of(paths[-1])[0].state)
    return Layout(
        body=body_of(seen, decoder),
        decoder=decoder,
        layers=layers,
        norm=norm,
        blocks=_blocks(inner, seen, paths, width),
        d_model=width,
        logit_scale=scale,
        softcap=softcap,
        stream=stream,
        unembeds=unembeds and stream is None,
    )


def _blocks(inner: Any, seen: Trace, paths: list[str], width: int) -> tuple[Block, ...]:
    children = (
        (f"{path}.{name}", child) for path in paths for name, child in inner.get_submodule(path).named_children()
    )
    weighted = {path for path, child in children if any(parameter.dim() > 1 for parameter in child.parameters())}
    return tuple(block_of(seen, path, width, weighted) for path in paths)


@torch.no_grad()
def _unembedding(model: Any, norm: Any, seen: Trace, state: Any) -> tuple[float, float | None, bool]:
    """Factor and cap of the logits, and whether norm, head, factor and cap give them."""
    config = text_config(inner_model(model))
    caps = ("final_logit_softcapping", "logits_soft_cap", "output_logit_soft_cap")
    softcap = next((float(value) for name in caps if (value := getattr(config, name, None))), None)
    scale = float(getattr(config, "logit_scale", None) or 1.0) / float(getattr(config, "logits_scaling", None) or 1.0)
    head = model.get_output_embeddings()
    if head is None:
        return scale, softcap, False
    normed = norm(state).to(head.weight.device)  # some models keep the stream in float32
    read = head(normed.to(head.weight.dtype) if head.weight.is_floating_point() else normed).float()
    logits = seen.logits.to(read.device).float()
    if softcap is None:
        # Some models scale under names of their own; where the configuration says it, its figure is exact.
        fitted = float((read * logits).sum() / (read * read).sum().clamp(min=1e-20))
        scale = scale if abs(fitted - scale) < CLOSE * abs(scale) else fitted
    found = read * scale if softcap is None else softcap * torch.tanh(read * scale / softcap)
    return scale, softcap, bool((found - logits).abs().max() <= CLOSE * logits.abs().max())
