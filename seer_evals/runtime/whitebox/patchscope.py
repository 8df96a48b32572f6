"""Patchscopes (Ghandeharioun et al. 2024, arXiv:2401.06102): a model explains an activation in words."""

from collections.abc import Sequence

import torch

from .edits import Replace
from .language_model import LanguageModel
from .positions import Positions, Substring, tokens_of
from .prompts import Prompt
from .table import Table

IDENTITY = "cat -> cat\n135 -> 135\nhello -> hello\n? ->"
"""A prompt that asks for the word at its placeholder (section 4.1 of the paper)."""
PLACEHOLDER = "?"


def patchscope(
    lm: LanguageModel,
    prompt: Prompt,
    layers: int | Sequence[int] | None = None,
    *,
    position: Positions = "last",
    site: str = "resid_post",
    target: Prompt = IDENTITY,
    placeholder: str = PLACEHOLDER,
    target_layer: int | None = None,
    max_new_tokens: int = 8,
    reader: LanguageModel | None = None,
) -> Table:
    """Take an activation from a prompt, put it in place of a placeholder in another, and let the model go on.

    Args:
        lm: The model that is read.
        prompt: Where the activation is taken from.
        layers: From which blocks; all of them by default.
        position: At which token of `prompt`.
        site: Where in the block it is taken from and put.
        target: The prompt that asks about the placeholder.
        placeholder: Text in `target`; its last occurrence, and of that its last token, is overwritten.
        target_layer: Block after which it is overwritten; by default the one that the activation is from.
        max_new_tokens: Length of each answer.
        reader: The model that explains, with the same width; by default `lm` itself.

    Raises:
        ValueError: The placeholder is not in the target, or the widths differ.
    """
    reader = reader or lm
    if reader.d_model != lm.d_model:
        raise ValueError(f"the reader has width {reader.d_model}, the model {lm.d_model}; an activation cannot cross")
    if position == "all":
        raise ValueError("patchscope explains one activation at a time; give one position, not 'all'")
    acts = lm.activations(prompt, layers, site=site, positions=position)
    rows = []
    for layer in acts.layers:
        texts = explain(
            reader,
            acts.at(layer),
            target,
            placeholder=placeholder,
            layer=layer if target_layer is None else target_layer,
            site=site,
            max_new_tokens=max_new_tokens,
        )
        rows.append([layer, texts[0]])
    return Table(["layer", "explanation"], rows)


def explain(
    reader: LanguageModel,
    vectors: torch.Tensor,
    target: Prompt = IDENTITY,
    *,
    layer: int,
    site: str = "resid_post",
    placeholder: str = PLACEHOLDER,
    max_new_tokens: int = 8,
) -> list[str]:
    """Put each of `vectors` `[vector, d_model]` in place of the placeholder at a site of block `layer`, and go on.

    Raises:
        ValueError: The placeholder is not in the target.
    """
    encoded = reader.encode(target)
    index = tokens_of(encoded, Substring(placeholder))[-1]
    edit = Replace(layer=layer, site=site, positions=[index], value=vectors)
    with reader.steer(edit):
        return reader.generate([target] * len(vectors), max_new_tokens=max_new_tokens, batch_size=len(vectors)).texts
