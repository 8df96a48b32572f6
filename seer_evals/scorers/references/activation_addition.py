"""How far does one pair of prompts steer? The measurement of Turner et al. (2023, arXiv:2308.10248)."""

import math
import re
from collections.abc import Sequence
from typing import Any

import torch
from seer_runtime.whitebox import Add, LanguageModel

LEAST_HITS = 0.2
"""Share of texts that must be on the topic at the best layer and coefficient."""
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
        `spread`: these changes over all cells that other texts could have made the best; `effect`; `details`.
    """
    lm = LanguageModel(model, tokenizer)
    cells = [(layer, coefficient) for layer in arguments["layers"] for coefficient in arguments["coefficients"]]
    steer = {cell: addition(lm, arguments, cell) for cell in cells}
    tried = {cell: count(lm, arguments["prompts_train"], [steer[cell]], arguments) for cell in cells}
    best = max(cells, key=lambda cell: tried[cell])  # the first of equals
    n = len(arguments["prompts"]) * arguments["samples"]
    uses = {"hit_rate": [steer[best]], "base_rate": [], "random_rate": [alike(steer[best])]}
    uses |= {f"hit_rate_{name}": [addition(lm, arguments, cell)] for name, cell in arguments["cells"].items()}
    figures: dict[str, list[float]] = {
        name: [count(lm, arguments["prompts"], edits, arguments), n] for name, edits in uses.items()
    }
    share = len(arguments["prompts_train"]) * arguments["samples"]
    as_good = [cell for cell in cells if is_as_good(tried[cell], tried[best], share)] or [best]
    spread = {}
    for name in ("on_topic", "off_topic"):
        figures[f"ce_{name}"] = ce_change(lm, arguments[name], steer[best])
        found = [ce_change(lm, arguments[name], steer[cell])[0] for cell in as_good]
        spread[f"ce_{name}"] = [min(found), max(found)]
    details = {
        "best": f"layer {best[0]}, coefficient {best[1]:g}",
        "training_hits": {f"layer {layer}, coefficient {c:g}": hits / share for (layer, c), hits in tried.items()},
    }
    return {"figures": figures, "spread": spread, "effect": has_effect(figures), "details": details}


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


def alike(edit: Add) -> Add:
    """The addition of random vectors instead, at each token as long as the edit's."""
    drawn = torch.randn(edit.vector.shape, generator=torch.Generator().manual_seed(0))
    length = edit.vector.norm(dim=-1, keepdim=True)
    vectors = drawn / drawn.norm(dim=-1, keepdim=True) * length
    return Add(layer=edit.layer, site=edit.site, vector=vectors, positions=edit.positions)


def count(lm: LanguageModel, prompts: Sequence[str], edits: Sequence[Add], arguments: dict[str, Any]) -> int:
    """How many texts have a word of the topic."""
    with lm.steer(*edits):
        texts = lm.generate(
            list(prompts),
            samples=arguments["samples"],
            max_new_tokens=arguments["max_new_tokens"],
            temperature=1.0,
            seed=0,
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


def has_effect(figures: dict[str, list[float]]) -> bool:
    """Hits are there, and beyond those of the model as it is and under random vectors: the intervals are apart."""
    low, _ = _wilson(*figures["hit_rate"])
    others = (_wilson(*figures[name])[1] for name in ("base_rate", "random_rate"))
    return figures["hit_rate"][0] / figures["hit_rate"][1] >= LEAST_HITS and low > max(others)


def _wilson(hits: float, n: float, z: float = 1.96) -> tuple[float, float]:
    p, spread = hits / n, z * math.sqrt(hits / n * (1 - hits / n) / n + z * z / (4 * n * n))
    return ((p + z * z / (2 * n) - spread) / (1 + z * z / n), (p + z * z / (2 * n) + spread) / (1 + z * z / n))
