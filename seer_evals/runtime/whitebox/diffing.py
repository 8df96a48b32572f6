"""Comparing two models: their predictions, their likelihoods, and what a reader makes of the difference."""

from collections.abc import Sequence

import torch

from .language_model import BATCH, LanguageModel
from .patchscope import IDENTITY, PLACEHOLDER, explain
from .prompts import Prompt, as_prompts
from .table import Table
from .tokens import sequence_log_probs


def same_vocabulary(first: LanguageModel, second: LanguageModel) -> bool:
    """Their token ids mean the same."""
    return bool(first.tokenizer.get_vocab() == second.tokenizer.get_vocab())


def next_token_divergence(
    first: LanguageModel, second: LanguageModel, prompts: Prompt | Sequence[Prompt], *, batch_size: int = BATCH
) -> torch.Tensor:
    """KL divergence in nats of the first model's next-token distribution from the second's, `[prompt]`.

    Raises:
        ValueError: The models have different vocabularies, so that there is nothing to compare token by token.
    """
    if not same_vocabulary(first, second):
        raise ValueError("the models have different vocabularies; compare texts instead, or likelihoods of texts")
    one = first.logits(prompts, batch_size=batch_size).log_softmax(dim=-1)
    other = second.logits(prompts, batch_size=batch_size).log_softmax(dim=-1)
    width = min(one.shape[-1], other.shape[-1])  # embedding tables may be padded to different sizes
    return (one[:, :width].exp() * (one[:, :width] - other[:, :width])).sum(dim=-1).clamp(min=0)


def text_preference(first: LanguageModel, second: LanguageModel, texts: Sequence[str]) -> Table:
    """Log-likelihood of whole texts under both models in nats, the texts that the first prefers most at the top.

    Works across vocabularies, since whole texts are compared.
    """
    one = [float(logs.sum()) for logs in sequence_log_probs(first, texts)]
    other = [float(logs.sum()) for logs in sequence_log_probs(second, texts)]
    rows = [[text[:48], a, b, a - b] for text, a, b in zip(texts, one, other, strict=True)]
    return Table(["text", "first", "second", "difference"], sorted(rows, key=lambda row: -row[3]))


def explain_difference(
    first: LanguageModel,
    second: LanguageModel,
    prompts: Prompt | Sequence[Prompt],
    layers: int | Sequence[int] | None = None,
    *,
    reader: LanguageModel | None = None,
    target: Prompt = IDENTITY,
    placeholder: str = PLACEHOLDER,
    scale: float = 1.0,
    max_new_tokens: int = 8,
) -> Table:
    """Let a reader put the mean difference of two models' activations into words (a patchscope of the difference).

    Args:
        first: One model, such as a fine-tuned one.
        second: The other, of the same architecture, such as its base.
        prompts: What both read; the difference is taken at the last token and averaged.
        layers: Which blocks; all of them by default.
        reader: The model that explains; by default the second one.
        target: The prompt that asks about the placeholder.
        placeholder: What in `target` is overwritten.
        scale: Length of what is put in, as a multiple of the second model's own mean activation.
        max_new_tokens: Length of each explanation.

    Raises:
        ValueError: The models or the reader differ in width or depth.
    """
    reader = reader or second
    if {first.d_model, second.d_model} != {reader.d_model} or first.n_layers != second.n_layers:
        raise ValueError("activations can only be subtracted between models of the same width and depth")
    listed = as_prompts(prompts)
    one, other = first.activations(listed, layers), second.activations(listed, layers)
    difference = (one.tensor - other.tensor).mean(dim=0)
    rows = []
    for vector, layer in zip(difference, one.layers, strict=True):
        length = float(other.at(layer).norm(dim=-1).mean())
        put = vector / vector.norm().clamp(min=1e-12) * length * scale
        [text] = explain(reader, put[None], target, layer=layer, placeholder=placeholder, max_new_tokens=max_new_tokens)
        rows.append([layer, float(vector.norm()) / length, text])
    return Table(["layer", "relative norm", "explanation"], rows)
