"""The parameters through which a model writes to its residual stream."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch

from .language_model import LanguageModel
from .layout import OUT_PROJECTION

LAST = (*OUT_PROJECTION, "down_proj", "dense_4h_to_h", "fc2", "fc_out", "w2", "c_proj", "output_linear", "linear_out")
"""Names of the last matrix of an attention, an MLP, an expert, a recurrent layer."""
BIASES = ("down_proj_bias", "w2_bias")
"""Names of the biases of experts that are kept in one tensor."""
POSITIONS = ("wpe", "embed_positions", "position_embeddings")


@dataclass(frozen=True, eq=False)
class Writer:
    """A parameter that writes to the residual stream."""

    module: Any
    name: str
    axis: int
    """The dimension that is `d_model`."""


def residual_writers(lm: LanguageModel) -> list[Writer]:
    """Of embeddings and blocks, LoRA's second matrices included.

    Raises:
        ValueError: An adapter is of a form that is no product of two matrices, or works on the embeddings.
        LookupError: A part of a block has no last matrix under a known name.
    """
    decoder = lm.architecture.decoder
    embeddings = [lm.model.get_input_embeddings(), *(getattr(decoder, name, None) for name in POSITIONS)]
    found = [writer for module in embeddings if module is not None for writer in _embedding(module)]
    for block in lm.architecture.layout.blocks:
        for path in block.writers:
            found += _last(lm.architecture.part(path), lm.d_model, path)
    return list({(id(each.module), each.name): each for each in found}.values())


def _embedding(module: Any) -> Iterator[Writer]:
    if hasattr(module, "base_layer") or hasattr(module, "modules_to_save") or hasattr(module, "token_adapter"):
        raise ValueError("an adapter on the embeddings cannot be orthogonalised; merge it first")
    if isinstance(getattr(module, "weight", None), torch.Tensor):  # sinusoidal positions have none
        yield Writer(module, "weight", -1)


def _last(part: Any, width: int, path: str) -> list[Writer]:
    """The writers in one part of a block: it is one itself, or has one, or one for each expert."""
    found = list(_of_module(part, width)) if _is_matrix(part) else []
    for name, module in part.named_modules() if not found else ():
        leaf = name.rpartition(".")[2]
        if leaf in LAST and _is_matrix(module):
            found += _of_module(module, width)
        found += _stacked_experts(module, width)
    if not found:
        there = ", ".join(name for name, _ in part.named_children())
        raise LookupError(
            f"{path} ({type(part).__name__}) has no output matrix under a known name ({', '.join(LAST)}); "
            f"it has: {there}"
        )
    return found


def _is_matrix(module: Any) -> bool:
    """A linear map, in transformers' or PEFT's form."""
    weight = getattr(module, "weight", None)
    return isinstance(weight, torch.Tensor) and weight.dim() >= 2


def _of_module(module: Any, width: int) -> Iterator[Writer]:
    for part in _adapted(module):
        weight = part.weight
        # nn.Linear and stacks of experts keep [out, in]; the Conv1D of GPT-2 keeps d_model last, as biases do.
        axis = -2 if isinstance(part, torch.nn.Linear) or weight.dim() == 3 else -1
        if weight.is_floating_point() and weight.shape[axis] != width:
            return
        yield Writer(part, "weight", axis)
        if getattr(part, "bias", None) is not None:
            yield Writer(part, "bias", -1)


def _adapted(module: Any) -> list[Any]:
    """The plain module, or what PEFT has made of it: the base layer and each adapter's second matrix."""
    if not hasattr(module, "base_layer"):
        return [module]
    if getattr(module, "lora_variant", None) or not hasattr(module, "lora_B"):
        raise ValueError(
            f"{type(module).__name__} with an adapter that is no plain LoRA cannot be orthogonalised; merge it first"
        )
    return [module.get_base_layer(), *module.lora_B.values()]


def _stacked_experts(module: Any, width: int) -> Iterator[Writer]:
    """Experts that are kept in one tensor, `[expert, d_model, in]` or `[expert, in, d_model]`."""
    own = dict(module.named_parameters(recurse=False))
    for name in (name for name in LAST if name in own):
        shape = own[name].shape
        last = getattr(module, "is_transposed", shape[-2] != width)
        yield Writer(module, name, -1 if last else -2)
    for name in (name for name in BIASES if name in own):
        yield Writer(module, name, -1)
