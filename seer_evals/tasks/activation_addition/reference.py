"""How far does one pair of prompts steer? The measurement of Turner et al. (2023, arXiv:2308.10248)."""

import math
import re
from collections.abc import Sequence
from typing import Any

import torch
from seer_runtime.whitebox import Add, LanguageModel

LEAST_HITS = 0.2
"""Share of texts that must be on the topic at the best layer and coefficient."""
AS_GOOD = 3
"""Cells with most hits, of those that other texts could have made the best, that are measured for the spread."""
RANDOMS = 4
"""Draws of random vectors."""
REPEATS = 4
"""Times that the texts of a figure are drawn."""
BATCH = 64
"""Texts at once."""
Cell = tuple[int, float]
"""A layer, and the coefficient of what is added before it."""


def measure(model: Any, tokenizer: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    """Choose the best cell on training prompts and measure it on prompts that nobody has seen.

    The steering vectors are `h_l(plus) - h_l(minus)` at every token of the pair, where `h_l` is the residual stream
    before block l and the shorter prompt is padded on the right. They are added, times the coefficient, to the first
    tokens of a prompt. Texts are sampled at temperature 1.

    Args:
        model: A causal language model.
        tokenizer: Of the model.
        arguments: `plus`, `minus`, `pad` (raw text), `prompts_train` and `prompts` (for measuring), `on_topic` and
            `off_topic` (pairs of prompt and completion), `topic` (words), `layers`, `coefficients`, `cells` (name ->
            layer and coefficient), `samples` (texts for each prompt), `max_new_tokens`.

    Returns:
        `figures`: shares as `[hits, n]`, changes of cross-entropies as `[value, low, high]` in nats per token;
        `spread`: of shares, where one run of as many texts has them; of the changes, what they are over all cells that
        other texts could have made the best; `effect`; `details`.
    """
    lm = LanguageModel(model, tokenizer)
    cells = [(layer, coefficient) for layer in arguments["layers"] for coefficient in arguments["coefficients"]]
    steer = {cell: addition(lm, arguments, cell) for cell in cells}
    tried = {cell: count(lm, arguments["prompts_train"], [steer[cell]], arguments) for cell in cells}
    best = max(cells, key=lambda cell: tried[cell])  # the first of equals
    n, share = (len(arguments[name]) * arguments["samples"] for name in ("prompts", "prompts_train"))
    as_good = [cell for cell in cells if is_as_good(tried[cell], tried[best], share)] or [best]
    figures, spread = shares(lm, steer[best], arguments)
    for cell in sorted(as_good, key=lambda cell: -tried[cell])[:AS_GOOD]:
        again = at(lm, [steer[cell]], arguments)
        spread["hit_rate"] = hull(spread["hit_rate"], one_run(again, n))
    for name in ("on_topic", "off_topic"):
        figures[f"ce_{name}"] = ce_change(lm, arguments[name], steer[best])
        found = [ce_change(lm, arguments[name], steer[cell])[0] for cell in as_good]
        spread[f"ce_{name}"] = [min(found), max(found)]
    details = {
        "best": f"layer {best[0]}, coefficient {best[1]:g}",
        "training_hits": {f"layer {layer}, coefficient {c:g}": hits / share for (layer, c), hits in tried.items()},
    }
    return {"figures": figures, "spread": spread, "effect": has_effect(figures, n), "details": details}


def shares(
    lm: LanguageModel, best: Add, arguments: dict[str, Any]
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """The shares of hits, each as `[hits, n]`, and where one run of as many texts as were asked for has them."""
    n = len(arguments["prompts"]) * arguments["samples"]
    uses: dict[str, list[Add]] = {"hit_rate": [best], "base_rate": []}
    uses |= {f"hit_rate_{name}": [addition(lm, arguments, cell)] for name, cell in arguments["cells"].items()}
    figures = {name: at(lm, edits, arguments) for name, edits in uses.items()}
    spread = {name: one_run(value, n) for name, value in figures.items()}
    # Random vectors of the same length differ in what they do, so whoever draws once may have what any draw has.
    draws = [at(lm, [alike(best, seed)], arguments) for seed in range(RANDOMS)]
    figures["random_rate"] = [sum(hits for hits, _ in draws), sum(of for _, of in draws)]
    spread["random_rate"] = one_run(draws[0], n)
    for draw in draws[1:]:
        spread["random_rate"] = hull(spread["random_rate"], one_run(draw, n))
    return figures, spread


def at(lm: LanguageModel, edits: Sequence[Add], arguments: dict[str, Any]) -> list[float]:
    """Hits among the texts after the prompts, drawn several times, and how many texts there are."""
    hits = [count(lm, arguments["prompts"], edits, arguments, seed) for seed in range(REPEATS)]
    return [sum(hits), REPEATS * len(arguments["prompts"]) * arguments["samples"]]


def one_run(share: Sequence[float], once: int, z: float = 1.96) -> list[float]:
    """Where 95 % of single runs of `once` texts have a share `[hits, n]` that was measured on n."""
    hits, n = share
    p, likely = hits / n, (hits + 1) / (n + 2)  # a share of nobody is not exactly nothing
    half = z * math.sqrt(likely * (1 - likely) * (1 / once + 1 / n))
    return [max(0.0, p - half), min(1.0, p + half)]


def hull(first: Sequence[float], second: Sequence[float]) -> list[float]:
    """The smallest interval that has both in it."""
    return [min(first[0], second[0]), max(first[1], second[1])]


def is_as_good(hits: int, most: int, n: int) -> bool:
    """Whether a cell with so many hits could be the best of other texts: its interval reaches that of the best."""
    return hits > 0 and _wilson(hits, n)[1] >= _wilson(most, n)[0]


def addition(lm: LanguageModel, arguments: dict[str, Any], cell: Cell) -> Add:
    """The addition at a layer with a coefficient."""
    layer, coefficient = cell
    plus, minus = (lm.encode(arguments[name]).ids for name in ("plus", "minus"))
    pad = lm.token_id(arguments["pad"])
    longest = max(len(plus), len(minus))
    padded = [ids + [pad] * (longest - len(ids)) for ids in (plus, minus)]
    high, low = (lm.activations(ids, layer, site="resid_pre", positions="all").tensor[0, 0] for ids in padded)
    return Add(layer=layer, site="resid_pre", vector=coefficient * (high - low), positions=list(range(longest)))


def alike(edit: Add, seed: int = 0) -> Add:
    """The addition of random vectors instead, at each token as long as the edit's."""
    drawn = torch.randn(edit.vector.shape, generator=torch.Generator().manual_seed(seed))
    length = edit.vector.norm(dim=-1, keepdim=True)
    vectors = drawn / drawn.norm(dim=-1, keepdim=True) * length
    return Add(layer=edit.layer, site=edit.site, vector=vectors, positions=edit.positions)


def count(
    lm: LanguageModel, prompts: Sequence[str], edits: Sequence[Add], arguments: dict[str, Any], seed: int = 0
) -> int:
    """How many texts have a word of the topic."""
    with lm.steer(*edits):
        texts = lm.generate(
            list(prompts),
            samples=arguments["samples"],
            max_new_tokens=arguments["max_new_tokens"],
            temperature=1.0,
            seed=seed,
            batch_size=BATCH,
        ).texts
    return sum(on_topic(text, arguments["topic"]) for text in texts)


def on_topic(text: str, topic: Sequence[str]) -> bool:
    """Whether it has one of the words, as a word of its own."""
    return any(re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE) for word in topic)


def ce_change(lm: LanguageModel, pairs: Sequence[Sequence[str]], edit: Add) -> list[float]:
    """Mean change of the cross-entropy of completions under the edit, with a 95 % interval over pairs."""
    plain = cross_entropies(lm, pairs)
    with lm.steer(edit):
        change = cross_entropies(lm, pairs) - plain
    mean, error = float(change.mean()), float(change.std()) / len(pairs) ** 0.5
    return [mean, mean - 1.96 * error, mean + 1.96 * error]


def cross_entropies(lm: LanguageModel, pairs: Sequence[Sequence[str]]) -> torch.Tensor:
    """Nats per token of each completion."""
    values = []
    for prompt, completion in pairs:
        begin, ids = len(lm.encode(prompt).ids), lm.encode(prompt + completion).ids
        logs = lm.logits(ids, positions="all")[0].log_softmax(dim=-1)
        values.append(-logs[begin - 1 : -1].gather(1, torch.tensor(ids[begin:])[:, None]).mean())
    return torch.stack(values)


def has_effect(figures: dict[str, list[float]], once: int) -> bool:
    """Hits are there, and beyond those of the model as it is and under random vectors: the intervals are apart.

    Args:
        figures: Shares as `[hits, n]`.
        once: Texts of one run, on which the question's intervals are.
    """
    hit, base, random = (figures[name][0] / figures[name][1] for name in ("hit_rate", "base_rate", "random_rate"))
    low, _ = _wilson(hit * once, once)
    return hit >= LEAST_HITS and low > max(_wilson(other * once, once)[1] for other in (base, random))


def _wilson(hits: float, n: float, z: float = 1.96) -> tuple[float, float]:
    p, spread = hits / n, z * math.sqrt(hits / n * (1 - hits / n) / n + z * z / (4 * n * n))
    return ((p + z * z / (2 * n) - spread) / (1 + z * z / n), (p + z * z / (2 * n) + spread) / (1 + z * z / n))
