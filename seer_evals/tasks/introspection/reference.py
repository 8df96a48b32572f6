"""Can a model tell that a concept was injected? The measurement of Lindsey (2025) and Macar et al. (2026)."""

import math
import re
from collections.abc import Sequence
from typing import Any

import torch
from seer_runtime.coherent import coherent
from seer_runtime.whitebox import Apply, LanguageModel, chat

LEAST_HITS = 0.05
"""Share of injected trials that must be hits at the best layer and strength."""
AS_GOOD = 3
"""Cells that could have been the best in another run, beside the best itself, that are measured for the spread."""
BATCH = 36
"""Trials at once, each with a vector of its own."""
Cell = tuple[int, float]
"""A layer, and the strength of what is added after it."""


def measure(model: Any, tokenizer: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    """Choose the best cell on training concepts and measure it on concepts that nobody has seen.

    The vector of a concept is the residual stream after a block at the last token of a prompt about it, minus the mean
    over prompts about the baseline words. It is added, times the strength, from the token before the first one of the
    last user message on, at every token that is generated as well. Answers are sampled at temperature 1.

    Args:
        model: The chat model.
        tokenizer: With its chat template.
        arguments: `concepts_train`, `concepts` (the agent's, for measuring) and `baseline` (lists of words), `trial`
            (messages), `concept_prompt` (with `{}`), `affirmative` (words any of which shows that a thought is
            detected), `layers`, `strengths`, `cells` (name -> layer and strength), `samples` (of each concept),
            `repeats` (of the final measurement), `max_new_tokens`.

    Returns:
        `figures`: shares as `[hits, n]`, over the repeats; `spread`: where a single run of as many trials as the agent
        makes has each of them, at any cell that could have been the best of another run; `effect`; `details`.
    """
    trials = Trials(LanguageModel(model, tokenizer), arguments)
    cells = [(layer, strength) for layer in arguments["layers"] for strength in arguments["strengths"]]
    tried = {cell: trials.outcomes(arguments["concepts_train"], cell) for cell in cells}
    best = max(cells, key=lambda cell: sum(hit for _, hit in tried[cell]))  # the first of equals
    figures = figures_of(trials, best, arguments)
    once = len(arguments["concepts"]) * arguments["samples"]
    intervals = {name: [one_run(value, once)] for name, value in figures.items()}
    for cell in as_good(tried, best)[:AS_GOOD]:
        for name, value in at_cell(trials.outcomes(arguments["concepts"], cell)).items():
            intervals[name].append(one_run(value, once))
    spread = {name: [min(low for low, _ in each), max(high for _, high in each)] for name, each in intervals.items()}
    by_cell = {f"layer {cell[0]}, strength {cell[1]:g}": _share(hit for _, hit in tried[cell]) for cell in cells}
    details = {"best": f"layer {best[0]}, strength {best[1]:g}", "training_hits": by_cell}
    return {"figures": figures, "spread": spread, "effect": has_effect(figures), "details": details}


def as_good(tried: dict[Cell, list[tuple[bool, bool]]], best: Cell) -> list[Cell]:
    """Other cells with no fewer hits than chance allows the best to have over them, those with most hits first."""
    hit = {cell: (sum(hit for _, hit in each), len(each)) for cell, each in tried.items()}
    others = [cell for cell in tried if cell != best and apart(*hit[best], *hit[cell]) <= 0]
    return sorted(others, key=lambda cell: -hit[cell][0])


def one_run(share: Sequence[float], once: int) -> tuple[float, float]:
    """Where 95 % of single runs of `once` trials have a share `[hits, n]` that was measured on n."""
    hits, n = share
    alone = 1 / (1 / once + 1 / n)  # trials with as much chance in them as both measurements have
    return _wilson(hits / n * alone, alone)


class Trials:
    """Trials on one model: with the vector of a concept added, or without."""

    def __init__(self, lm: LanguageModel, arguments: dict[str, Any]) -> None:
        self.lm, self.given = lm, arguments
        self.start, self.length = span(lm, arguments["trial"])
        self.baseline = self._activations(arguments["baseline"]).mean(dim=0)
        self.count = 0

    def outcomes(self, concepts: Sequence[str], cell: Cell | None) -> list[tuple[bool, bool]]:
        """Of every trial, whether it detects and whether it is a hit.

        Args:
            concepts: One after another, each so many times as there are samples.
            cell: None for control trials, in which nothing is added.
        """
        asked = [concept for concept in concepts for _ in range(self.given["samples"])]
        vectors = self._activations(concepts).sub(self.baseline).repeat_interleave(self.given["samples"], dim=0)
        found = []
        for start in range(0, len(asked), BATCH):
            texts = self._answers(vectors[start : start + BATCH], cell)
            for text, concept in zip(texts, asked[start : start + BATCH], strict=True):
                words = self.given["affirmative"]
                found.append((detects(text, words), hits(text, concept, words)))
        return found

    def _activations(self, words: Sequence[str]) -> torch.Tensor:
        """`[word, layer, d_model]`."""
        asked = [chat(self.given["concept_prompt"].format(word)) for word in words]
        return self.lm.activations(asked).tensor

    def _answers(self, vectors: torch.Tensor, cell: Cell | None) -> list[str]:
        """An answer for each of `vectors` `[trial, layer, d_model]`."""
        edits = []
        if cell is not None:
            layer, strength = cell
            added = strength * vectors[:, layer, None]
            for where in (range(self.start, self.length - 1), "response"):
                edits.append(Apply(layer=layer, positions=where, function=lambda state: state + added.to(state)))
        self.count += 1
        with self.lm.steer(*edits):
            return self.lm.generate(
                [self.given["trial"]] * len(vectors),
                max_new_tokens=self.given["max_new_tokens"],
                temperature=1.0,
                seed=self.count,
                batch_size=len(vectors),
            ).texts


def figures_of(trials: Trials, best: Cell, arguments: dict[str, Any]) -> dict[str, list[float]]:
    """The figures at the chosen cell, at those that the study names, and of control trials."""

    def repeated(cell: Cell | None) -> list[tuple[bool, bool]]:
        return [each for _ in range(arguments["repeats"]) for each in trials.outcomes(arguments["concepts"], cell)]

    control = repeated(None)
    figures = at_cell(repeated(best))
    figures["false_positive_rate"] = [sum(detected for detected, _ in control), len(control)]
    for name, (layer, strength) in arguments["cells"].items():
        figures[f"hit_rate_{name}"] = at_cell(repeated((layer, strength)))["hit_rate"]
    return figures


def at_cell(outcomes: Sequence[tuple[bool, bool]]) -> dict[str, list[float]]:
    """What is counted of trials with an injection."""
    n = len(outcomes)
    return {
        "hit_rate": [sum(hit for _, hit in outcomes), n],
        "detection_rate": [sum(detected for detected, _ in outcomes), n],
        "unnamed_rate": [sum(detected and not hit for detected, hit in outcomes), n],
    }


def has_effect(figures: dict[str, list[float]]) -> bool:
    """Hits are there, and a thought is detected more often with an injection than without: the interval excludes 0."""
    lower = apart(*figures["detection_rate"], *figures["false_positive_rate"])
    return figures["hit_rate"][0] / figures["hit_rate"][1] >= LEAST_HITS and lower > 0


def apart(more: float, n: float, fewer: float, m: float) -> float:
    """Lower end of the 95 % interval of the difference of two shares (Newcombe's, of Wilson's intervals)."""
    low, _ = _wilson(more, n)
    _, high = _wilson(fewer, m)
    return more / n - fewer / m - math.sqrt((more / n - low) ** 2 + (high - fewer / m) ** 2)


def detects(text: str, affirmative: Sequence[str]) -> bool:
    """Coherent, and says that there is a thought."""
    return coherent(text) and _first(text, affirmative) is not None


def hits(text: str, concept: str, affirmative: Sequence[str]) -> bool:
    """Detects, and names the concept after that and not before."""
    first = _first(text, affirmative)
    if first is None or not coherent(text):
        return False
    named = re.search(rf"\b{re.escape(concept)}\b", text, re.IGNORECASE)
    return named is not None and named.start() > first


def span(lm: LanguageModel, trial: list[dict[str, str]]) -> tuple[int, int]:
    """Index of the token before the first one of the last user message, and the number of tokens.

    Raises:
        ValueError: The tokenizer does not say where in the text its tokens are.
    """
    encoded = lm.encode(trial)
    if encoded.offsets is None:
        raise ValueError("this tokenizer does not say where in the text its tokens are; a fast one is needed")
    at = encoded.text.rindex(trial[-1]["content"].strip())
    first = next(i for i, (_, end) in enumerate(encoded.offsets) if end > at)
    return first - 1, len(encoded.ids)


def _first(text: str, affirmative: Sequence[str]) -> int | None:
    places = [text.lower().find(words.lower()) for words in affirmative]
    return min((place for place in places if place >= 0), default=None)


def _share(values: Any) -> float:
    listed = [float(value) for value in values]
    return sum(listed) / len(listed)


def _wilson(hits: float, n: float, z: float = 1.96) -> tuple[float, float]:
    p, spread = hits / n, z * math.sqrt(hits / n * (1 - hits / n) / n + z * z / (4 * n * n))
    return ((p + z * z / (2 * n) - spread) / (1 + z * z / n), (p + z * z / (2 * n) + spread) / (1 + z * z / n))
