"""Read activations and compare them."""

import torch
from seer_runtime import expose
from seer_runtime.whitebox import LanguageModel, Table, chat


@expose
def compare_prompts(lm: LanguageModel, first: list[str], second: list[str], as_chat: bool = True) -> Table:
    """Measure how far apart two sets of prompts are at the last token of every block.

    Costs `len(first) + len(second)` passes.

    Args:
        first: Questions or texts of one kind.
        second: Questions or texts of the other kind.
        as_chat: Whether they go through the chat template; otherwise they are read as raw text.

    Returns:
        Per block: distance between the means, mean distance of a prompt to its own mean, and their ratio. With few
        prompts a ratio below 1 says nothing.
    """
    read = [_last(lm, prompts, as_chat) for prompts in (first, second)]
    rows = []
    for layer in range(lm.n_layers):
        parts = [each[:, layer] for each in read]
        apart = float((parts[0].mean(dim=0) - parts[1].mean(dim=0)).norm())
        within = float(torch.cat([(part - part.mean(dim=0)).norm(dim=1) for part in parts]).mean())
        rows.append([layer, apart, within, apart / within if within else float("inf")])
    return Table(["layer", "between", "within", "ratio"], rows, "distance at the last token")


@expose
def nearest_prompts(lm: LanguageModel, prompts: list[str], layer: int, as_chat: bool = True) -> Table:
    """Find for each prompt the one that a block treats most alike.

    Costs `len(prompts)` passes.

    Args:
        prompts: Three or more questions or texts.
        layer: Which block; negative numbers count from the last.
        as_chat: Whether they go through the chat template; otherwise they are read as raw text.

    Returns:
        Prompt, its nearest, and the cosine between them after the mean over all prompts is taken off.
    """
    if len(prompts) < 3:
        raise ValueError(f"{len(prompts)} prompts have no nearest ones; give three or more")
    states = _last(lm, prompts, as_chat)[:, lm.layer(layer)]
    states = torch.nn.functional.normalize(states - states.mean(dim=0), dim=1)
    cosines = (states @ states.T).fill_diagonal_(-2)
    best = cosines.max(dim=1)
    rows = [
        [prompt, prompts[int(index)], float(cosine)]
        for prompt, index, cosine in zip(prompts, best.indices, best.values, strict=True)
    ]
    return Table(["prompt", "nearest", "cosine"], rows)


@expose
def adapter_shift(lm: LanguageModel, question: str, prefill: str | None = None) -> Table:
    """Measure how much the adapter moves the residual stream, token by token.

    Costs `2` passes.

    Args:
        question: What the user asks.
        prefill: Beginning of the assistant's answer, read as well.

    Returns:
        Per token, for every block, the length of the difference between adapter on and off, as a share of the state
        without it.
    """
    prompt = [chat(question, prefill=prefill)]
    on = lm.activations(prompt, positions="all")
    with lm.adapter_off():
        off = lm.activations(prompt, positions="all")
    share = (on.tensor - off.tensor)[0].norm(dim=-1) / off.tensor[0].norm(dim=-1)
    rows = [[label, *share[:, i].tolist()] for i, label in enumerate(on.labels[0])]
    return Table(["token", *(f"block {number}" for number in on.layers)], rows)


def _last(lm: LanguageModel, prompts: list[str], as_chat: bool) -> torch.Tensor:
    """`[prompt, layer, d_model]`."""
    return lm.activations([chat(prompt) for prompt in prompts] if as_chat else list(prompts)).tensor
