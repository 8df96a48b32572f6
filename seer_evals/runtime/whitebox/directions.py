"""Ways to find a direction: difference of means, paired differences, one contrast pair, personas.

All layers are numbered from 0, negative numbers count from the last.
"""

from collections.abc import Sequence

import torch

from .direction import Direction
from .edits import Add
from .language_model import LanguageModel
from .positions import Positions
from .prompts import Messages, Prompt, chat


def difference_of_means(
    lm: LanguageModel,
    positive: Sequence[Prompt],
    negative: Sequence[Prompt],
    layer: int,
    *,
    positions: Positions = "last",
    site: str = "resid_post",
) -> Direction:
    """Mean activation over `positive` prompts minus that over `negative` ones; its center is the latter.

    Raises:
        IndexError: There is no such layer.
        ValueError: A prompt has no such position.
    """
    [found] = differences_of_means(lm, positive, negative, layer, positions=positions, site=site)
    return found


def differences_of_means(
    lm: LanguageModel,
    positive: Sequence[Prompt],
    negative: Sequence[Prompt],
    layers: int | Sequence[int] | None = None,
    *,
    positions: Positions = "last",
    site: str = "resid_post",
) -> list[Direction]:
    """The difference of means at several layers (all by default), from one pass.

    Raises:
        IndexError: There is no such layer.
        ValueError: A prompt has no such position.
    """
    numbers = lm.layer_numbers(layers)
    with_it, without = (_mean(lm, prompts, numbers, positions, site) for prompts in (positive, negative))
    made = f"difference of means, {len(positive)} - {len(negative)} prompts at {positions!r}"
    return [
        Direction(with_it[i] - without[i], number, made, site, center=without[i]) for i, number in enumerate(numbers)
    ]


def _mean(
    lm: LanguageModel, prompts: Sequence[Prompt], layers: list[int], positions: Positions, site: str
) -> torch.Tensor:
    """`[layer, d_model]`."""
    if positions == "all":
        raise ValueError("positions='all' gives no mean; use 'mean', 'last', a Span or a Substring")
    return lm.activations(prompts, layers, site=site, positions=positions).tensor.mean(dim=0)


def paired_differences(
    lm: LanguageModel,
    positive: Sequence[Prompt],
    negative: Sequence[Prompt],
    layer: int,
    *,
    positions: Positions = "last",
    site: str = "resid_post",
) -> Direction:
    """First principal component of the differences between paired prompts (Zou et al. 2023, arXiv:2310.01405).

    Differences are taken with both signs, so their mean is part of the component. It points towards `positive` and is
    as long as the mean difference along it.

    Raises:
        ValueError: The lists are not of one length, or the pairs do not differ.
    """
    if len(positive) != len(negative):
        raise ValueError(f"{len(positive)} positive and {len(negative)} negative prompts make no pairs")
    read = [
        lm.activations(prompts, layer, site=site, positions=positions).tensor[:, 0] for prompts in (positive, negative)
    ]
    differences = read[0] - read[1]
    if float(differences.norm()) == 0:
        raise ValueError(f"the prompts of each pair have equal activations at layer {layer} and {positions!r}")
    component = torch.linalg.svd(differences, full_matrices=False).Vh[0]
    made = f"first principal component of {len(positive)} paired differences at {positions!r}"
    along = float((differences @ component).mean())
    return Direction(component * along, lm.layer(layer), made, site, center=read[1].mean(dim=0))


def contrast_pair(
    lm: LanguageModel, positive: Prompt, negative: Prompt, layer: int, *, strength: float = 1.0, start: int = 0
) -> Add:
    """Activation addition of one pair of prompts (Turner et al. 2023, arXiv:2308.10248), as an edit to steer with.

    The shorter prompt is padded on the right with spaces. The differences `[positions, d_model]` before block `layer`
    are added to the tokens from `start` on of whatever is read, which has to be as long. BOS does not differ.

    Raises:
        IndexError: There is no such layer.
        ValueError: The tokenizer has no token for a space.
    """
    first, second = lm.encode(positive).ids, lm.encode(negative).ids
    space, length = lm.token_id(" "), max(len(first), len(second))
    padded: list[Prompt] = [ids + [space] * (length - len(ids)) for ids in (first, second)]
    read = lm.activations(padded, layer, site="resid_pre", positions="all").tensor[:, 0]
    return Add(
        layer=lm.layer(layer),
        site="resid_pre",
        vector=read[0] - read[1],
        strength=strength,
        positions=tuple(range(start, start + length)),
    )


def persona_vectors(
    lm: LanguageModel,
    questions: Sequence[str],
    positive: Sequence[str],
    negative: Sequence[str],
    layers: int | Sequence[int] | None = None,
    *,
    samples: int = 4,
    max_new_tokens: int = 64,
    seed: int = 0,
) -> list[Direction]:
    """Persona vectors (Chen et al. 2025, arXiv:2507.21509): what answers under two kinds of system prompts differ in.

    Each question is answered under each system prompt; activations are averaged over the tokens of each answer, under
    the system prompt that it was given under.

    Args:
        lm: The model.
        questions: What it is asked.
        positive: System prompts that ask for the trait.
        negative: System prompts that ask for its opposite, or for nothing.
        layers: Which blocks; all by default.
        samples: Answers to each question under each system prompt.
        max_new_tokens: Their length.
        seed: Of the sampling, at temperature 1.

    Returns:
        One direction per layer; the center is the mean over the negative answers.

    Raises:
        ValueError: All answers of one kind were empty.
    """
    numbers = lm.layer_numbers(layers)
    answered = [_answers(lm, questions, systems, samples, max_new_tokens, seed) for systems in (positive, negative)]
    with_it, without = (_mean(lm, list(chats), numbers, "response", "resid_post") for chats in answered)
    made = f"persona vector of {len(answered[0])} - {len(answered[1])} answers"
    return [Direction(with_it[i] - without[i], number, made, center=without[i]) for i, number in enumerate(numbers)]


def _answers(
    lm: LanguageModel, questions: Sequence[str], systems: Sequence[str], samples: int, length: int, seed: int
) -> list[Messages]:
    asked = [(question, system) for system in systems for question in questions]
    prompts: list[Prompt] = [chat(question, system=system) for question, system in asked]
    said = lm.generate(prompts, samples=samples, temperature=1.0, max_new_tokens=length, seed=seed).by_prompt
    chats = [
        chat(question, system=system, prefill=text)
        for (question, system), texts in zip(asked, said, strict=True)
        for text in texts
        if text.strip()
    ]
    if not chats:
        raise ValueError(f"all answers under {systems[0]!r} were empty")
    return chats
