"""Where the parts of a model are, as a pass through it shows; paths only, so that it can be kept without the model."""

import itertools
from dataclasses import dataclass

import torch

from .trace import LENGTH, ROWS, Call, Trace, per_token, streams_of

NORMS = ("norm", "ln_f", "final_layer_norm", "final_layernorm", "norm_f", "final_norm", "layer_norm", "embedding_norm")
ATTENTION = ("self_attn", "attn", "attention", "self_attention", "self_att", "multi_head_attention")
MLP = ("mlp", "feed_forward", "block_sparse_moe", "feedforward", "mlp_block", "ffn", "moe")
OUT_PROJECTION = ("o_proj", "c_proj", "dense", "out_proj", "wo", "Wo", "out_lin")


@dataclass(frozen=True)
class Block:
    """The parts of one block, as paths in the model; None for what it does not have."""

    path: str
    attention: str | None
    """What mixes tokens: attention, or what stands in its place."""
    mlp: str | None
    out_projection: str | None
    """What attention heads go through; None without heads."""
    flat: frozenset[str] = frozenset()
    """Those of these parts that return `[batch * position, d_model]`."""
    parallel: tuple[str, ...] = ()
    """Parts that work beside the MLP on the same states, and whose results are added to its."""
    mixers: tuple[str, ...] = ()
    """Everything that mixes tokens, where several do."""

    @property
    def writers(self) -> tuple[str, ...]:
        """The parts whose outputs are added to the residual stream."""
        return tuple(path for path in (*self.mixers, self.mlp, *self.parallel) if path)


@dataclass(frozen=True)
class Layout:
    """What one pass through a model has shown of it."""

    body: str
    """The outermost module that is called with the tokens."""
    decoder: str
    """The module that holds the blocks."""
    layers: str
    norm: str
    blocks: tuple[Block, ...]
    d_model: int
    logit_scale: float
    """Factor that the model puts on its logits."""
    softcap: float | None
    stream: int | None
    """Which of several stacked states (AltUp) is the residual stream; None where there is one only, as in most."""
    unembeds: bool
    """The norm, the head, this factor and this cap give the model's own logits."""


def body_of(trace: Trace, decoder: str) -> str:
    """The outermost module on the way to the blocks that the pass called.

    Raises:
        LookupError: None was.
    """
    parts = decoder.split(".")
    for end in range(1, len(parts) + 1):
        if trace.of(path := ".".join(parts[:end])):
            return path
    raise LookupError(f"{decoder} holds the blocks, but a pass through the model does not call it")


def check_stream(trace: Trace, blocks: list[str], owner: str, stream: int | None) -> int:
    """The width of the residual stream.

    Args:
        trace: A pass.
        blocks: Paths of the blocks, in order.
        owner: The model's class.
        stream: Which of several stacked states the blocks compute with, where the configuration says so.

    Raises:
        LookupError: A block is not called once, or what goes from block to block is not one state per token.
    """
    calls = [trace.of(path) for path in blocks]
    for path, found in zip(blocks, calls, strict=True):
        if len(found) != 1:
            raise LookupError(
                f"{owner} calls its block {path} {len(found)} times in one pass: a layer has no single state there"
            )
    firsts = [found[0] for found in calls]
    for call in firsts:
        for what, state in (("is given", call.given), ("returns", call.state)):
            if not is_stream(state) and (stream is None or streams_of(state) <= stream):
                shape = "no tensor" if state is None else f"a tensor of shape {list(state.shape)}"
                raise LookupError(
                    f"block {call.name} of {owner} {what} {shape} for a batch of 2 prompts of 3 tokens, not [batch, "
                    "position, d_model]: models with several residual streams cannot be read and steered here"
                )
    for before, after in itertools.pairwise(firsts):
        if not _same(before.state, after.given):
            raise LookupError(
                f"block {after.name} of {owner} does not read what block {before.name} returns: something else than "
                "one residual stream leads from block to block, which cannot be read and steered here"
            )
    assert firsts[0].state is not None
    return int(firsts[0].state.shape[-1])


def is_stream(state: torch.Tensor | None) -> bool:
    """Whether it is one state for each token, `[batch, position, d_model]`."""
    return state is not None and state.dim() == 3 and tuple(state.shape[:2]) == (ROWS, LENGTH)


def norm_of(trace: Trace, decoder: str, last: str) -> str:
    """The norm after the last block.

    Raises:
        LookupError: The decoder calls none.
    """
    calls = trace.within(decoder)
    started = [i for i, call in enumerate(trace.calls) if call.name == last][-1]
    after = [call for call in calls if trace.calls.index(call) > started and call.takes() and call.state is not None]
    named = [call for call in after if call.leaf in NORMS]
    if named or after:
        return (named or after)[-1].name
    raise LookupError(
        f"{decoder} calls no norm after its last block ({', '.join(NORMS)}); it has: "
        f"{', '.join(dict.fromkeys(call.leaf for call in calls)) or 'no parts that are called'}"
    )


def block_of(trace: Trace, path: str, width: int, weighted: set[str]) -> Block:
    """The parts of one block.

    Args:
        trace: A pass.
        path: The block.
        width: Of the residual stream.
        weighted: Paths of modules that have a matrix in them.
    """
    parts = [call for call in trace.within(path) if call.gives(width)]
    mixers = [call for call in parts if (call.leaf in ATTENTION or call.mixing) and not _is_mlp(call)]
    mixers = sorted(mixers, key=lambda call: call.leaf not in ATTENTION)  # attention first, beside a recurrent layer
    mixer = mixers[0] if mixers else None
    others = [call for call in parts if call not in mixers and call.name in weighted]
    others = [call for call in others if not call.mixing or _is_mlp(call)]
    named = [call for call in others if call.leaf in MLP]
    mlp = (named or others)[-1] if others else None
    beside = [call.name for call in others if mlp and call is not mlp and call.given is mlp.given]
    out = _out_projection(trace, mixer) if mixer else None
    flat = {call.name for call in (mixer, mlp) if call is not None and call.flat}
    return Block(
        path,
        mixer.name if mixer else None,
        mlp.name if mlp else None,
        out.name if out else None,
        frozenset(flat),
        tuple(beside),
        tuple(call.name for call in mixers),
    )


def _same(first: torch.Tensor | None, second: torch.Tensor | None) -> bool:
    return first is second or (first is not None and second is not None and torch.equal(first, second))


def _is_mlp(call: Call) -> bool:
    return call.kind.endswith(("MLP", "Mlp", "MoE", "Moe", "MoeBlock", "MoELayer", "FeedForward", "FFN"))


def _out_projection(trace: Trace, mixer: Call) -> Call | None:
    """The last matrix of an attention; None for what has no heads, as recurrent layers and convolutions."""
    if mixer.leaf not in ATTENTION and "Attention" not in mixer.kind:
        return None
    inside = trace.within(mixer.name, direct=False)
    found = [call for call in inside if call.leaf in OUT_PROJECTION and per_token(call.given) and call.given.dim() == 3]
    return found[-1] if found else None
