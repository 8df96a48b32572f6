"""Does projection on a trait's vector predict behaviour? As measured by Chen et al. (2025, arXiv:2507.21509)."""

import math
import random
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from seer_runtime.whitebox import Add, LanguageModel, chat

LEAST_PROMPTS = 0.4
"""Effect: the correlation over prompts must be at least this."""
LEAST_FINETUNES = 0.7
"""Effect: the correlation over finetunes must be at least this."""
FLAGGED = 0.5
"""A finetune is flagged if it has shifted by this share of the way from no system message to those that ask for it."""
RESAMPLED = 400
"""Lists of questions that are drawn from those there are, for what other questions could have led to."""
SAME = 0.1
"""Trait scores of finetunes that lie within this have nothing to be predicted."""
BATCH = 128
SEED = 1000


def measure(model: Any, tokenizer: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    """Make the vector on one list of questions and measure what it predicts on another that nobody has seen.

    The vector is the mean, over answers under `positive` that show the trait, of the mean activation over an answer's
    tokens after block `layer`, minus the same over answers under `negative` that do not; projections are on its
    direction. The trait score is the share of answers that show the trait.

    Args:
        model: Which the finetunes were made of.
        tokenizer: With its chat template.
        arguments: `others`: the finetunes by name, with tokenizers; `extract` and `evaluate` (questions), `positive`
            and `negative` (system messages that ask for the trait, and that do not), `systems` (those to measure under;
            null for none), `shows` (an answer that contains one of these shows the trait), `layer`, `strength`,
            `samples`, `max_new_tokens`.

    Returns:
        `figures`: correlations as `[value, low, high]` (Fisher's intervals), shares as `[hits, n]`; `spread`: where
        other questions, and other answers, could have put each; `effect`; `details` with each finetune's shift and
        trait score.
    """
    lm = LanguageModel(model, tokenizer)
    vector = trait_vector(lm, arguments)
    finetunes = {name: LanguageModel(*each) for name, each in arguments["others"].items()}
    read = {str(system): Readings.of(lm, vector, system, arguments) for system in arguments["systems"]}
    moved = shifts_by_question(lm, finetunes, vector, arguments)
    shown = {name: trait_scores(each, arguments) for name, each in finetunes.items()}
    every = range(len(arguments["evaluate"]))
    scores = {name: statistics.fmean(each) for name, each in shown.items()}
    top = max(scores, key=lambda name: scores[name])
    predicted: dict[str, Callable[[Sequence[int]], float]] = {
        "prompt_correlation": lambda chosen: over_prompts(list(read.values()), chosen),
        "finetune_correlation": lambda chosen: over_finetunes(moved, shown, chosen),
        "flagged_finetunes": lambda chosen: float(sum(mean_of(each, chosen) >= FLAGGED for each in moved.values())),
    }
    found = {name: measured(every) for name, measured in predicted.items()}
    n = len(arguments["evaluate"]) * arguments["samples"]
    shares = {
        "score_base": trait_score(lm, arguments),
        "score_steered": trait_score(lm, arguments, vector, arguments["strength"]),
        "score_top": scores[top],
        "score_lowered": trait_score(finetunes[top], arguments, vector, -arguments["strength"]),
    }
    counted = {name: [round(share * n), n] for name, share in shares.items()}
    return {
        "figures": {
            "prompt_correlation": interval(found["prompt_correlation"], len(read) * len(every)),
            "finetune_correlation": interval(found["finetune_correlation"], len(scores)),
            "flagged_finetunes": [found["flagged_finetunes"]] * 3,
            **counted,
        },
        "spread": {
            **{name: with_other_questions(measured, len(every)) for name, measured in predicted.items()},
            **{name: one_run(value, n) for name, value in counted.items()},
        },
        "effect": found["prompt_correlation"] >= LEAST_PROMPTS
        and found["finetune_correlation"] >= LEAST_FINETUNES
        and found["flagged_finetunes"] > 0,
        "details": {
            name: f"shift {statistics.fmean(moved[name]):.2f}, trait score {scores[name]:.2f}" for name in moved
        },
    }


@dataclass(frozen=True)
class Readings:
    """Under one system message, of each question: the projection before the answer, and the answers' trait score."""

    projected: list[float]
    scores: list[float]

    @classmethod
    def of(cls, lm: LanguageModel, vector: torch.Tensor, system: str | None, arguments: dict[str, Any]) -> "Readings":
        """Read the prompts and sample the answers."""
        projected = projections(lm, vector, system, arguments).tolist()
        return cls(projected, trait_scores(lm, arguments, system))


def over_prompts(readings: Sequence[Readings], chosen: Sequence[int]) -> float:
    """Correlation of projection and trait score, over the chosen questions under every system message."""
    projected = [each.projected[i] for each in readings for i in chosen]
    return correlation(projected, [each.scores[i] for each in readings for i in chosen])


def over_finetunes(moved: dict[str, list[float]], shown: dict[str, list[float]], chosen: Sequence[int]) -> float:
    """Correlation of shift and trait score over finetunes, on the chosen questions; 0 if they all score the same."""
    scores = [mean_of(each, chosen) for each in shown.values()]
    if max(scores) - min(scores) <= SAME:
        return 0.0
    return correlation([mean_of(each, chosen) for each in moved.values()], scores)


def mean_of(values: Sequence[float], chosen: Sequence[int]) -> float:
    """Over the chosen questions."""
    return statistics.fmean(values[i] for i in chosen)


def with_other_questions(measured: Callable[[Sequence[int]], float], n: int) -> list[float]:
    """Where 95 % of other lists of n questions have a figure, of which this list is one (bootstrap over questions)."""
    rng, value = random.Random(SEED), measured(range(n))
    drawn = sorted(measured([rng.randrange(n) for _ in range(n)]) for _ in range(RESAMPLED))
    low, high = drawn[int(0.025 * RESAMPLED)], drawn[int(0.975 * RESAMPLED)]
    # Both lists are drawn, that of the agent and this one, so they are apart by the root of two times as much.
    return [value - math.sqrt(2) * max(0.0, value - low), value + math.sqrt(2) * max(0.0, high - value)]


def one_run(share: Sequence[float], once: int, z: float = 1.96) -> list[float]:
    """Where 95 % of single runs of `once` answers have a share `[hits, n]` that was measured on n."""
    hits, n = share
    p, likely = hits / n, (hits + 1) / (n + 2)  # a share of nobody is not exactly nothing
    half = z * math.sqrt(likely * (1 - likely) * (1 / once + 1 / n))
    return [max(0.0, p - half), min(1.0, p + half)]


def finetune_shifts(
    lm: LanguageModel, finetunes: dict[str, LanguageModel], vector: torch.Tensor, arguments: dict[str, Any]
) -> dict[str, float]:
    """How far each finetune's mean projection has moved; 1 is as far as asking for the trait moves the model."""
    moved = shifts_by_question(lm, finetunes, vector, arguments)
    return {name: statistics.fmean(each) for name, each in moved.items()}


def shifts_by_question(
    lm: LanguageModel, finetunes: dict[str, LanguageModel], vector: torch.Tensor, arguments: dict[str, Any]
) -> dict[str, list[float]]:
    """How far each finetune's projection of each question has moved, in units of how far asking moves the mean."""
    at_rest = projections(lm, vector, None, arguments)
    asked = statistics.fmean(float(projections(lm, vector, plus, arguments).mean()) for plus in arguments["positive"])
    unit = asked - float(at_rest.mean())
    return {
        name: ((projections(each, vector, None, arguments) - at_rest) / unit).tolist()
        for name, each in finetunes.items()
    }


def trait_score(
    lm: LanguageModel, arguments: dict[str, Any], vector: torch.Tensor | None = None, strength: float = 0.0
) -> float:
    """Share of the answers without a system message that show the trait, with the vector added at each step or not."""
    edits = (
        []
        if vector is None
        else [Add(layer=arguments["layer"], vector=vector, strength=strength, positions="response")]
    )
    with lm.steer(*edits):
        return statistics.fmean(trait_scores(lm, arguments))


def trait_scores(lm: LanguageModel, arguments: dict[str, Any], system: str | None = None) -> list[float]:
    """Of each question the share of its answers that show the trait."""
    texts = answers(lm, arguments["evaluate"], system, arguments)
    return [statistics.fmean(shows(text, arguments) for text in each) for each in texts]


def trait_vector(lm: LanguageModel, arguments: dict[str, Any]) -> torch.Tensor:
    """The vector, `[d_model]`, not normalised."""
    sides = []
    for side, wanted in (("positive", True), ("negative", False)):
        chats = [
            chat(question, system=system, prefill=text)
            for system in arguments[side]
            for question, texts in zip(
                arguments["extract"], answers(lm, arguments["extract"], system, arguments), strict=True
            )
            for text in texts
            if text.strip() and shows(text, arguments) is wanted
        ]
        if not chats:
            raise ValueError(f"no answer under {arguments[side]} is of the kind asked for")
        layer = arguments["layer"]
        sides.append(lm.activations(chats, layer, positions="response", batch_size=BATCH).at(layer).mean(dim=0))
    return sides[0] - sides[1]


def projections(lm: LanguageModel, vector: torch.Tensor, system: str | None, arguments: dict[str, Any]) -> torch.Tensor:
    """Of each prompt's last token, before the answer, on the vector's direction."""
    prompts = [chat(question, system=system) for question in arguments["evaluate"]]
    states = lm.activations(prompts, arguments["layer"], batch_size=BATCH).at(arguments["layer"])
    projected: torch.Tensor = states @ (vector / vector.norm())
    return projected


def answers(
    lm: LanguageModel, questions: Sequence[str], system: str | None, arguments: dict[str, Any]
) -> list[list[str]]:
    """Sampled answers to each question."""
    return lm.generate(
        [chat(question, system=system) for question in questions],
        samples=arguments["samples"],
        temperature=1.0,
        max_new_tokens=arguments["max_new_tokens"],
        seed=SEED,
        batch_size=BATCH,
    ).by_prompt


def shows(text: str, arguments: dict[str, Any]) -> bool:
    """Whether the answer shows the trait."""
    return any(words in text for words in arguments["shows"])


def correlation(first: Sequence[float], second: Sequence[float]) -> float:
    """Pearson's; 0 where one of them is constant."""
    if len(set(first)) < 2 or len(set(second)) < 2:
        return 0.0
    return statistics.correlation(first, second)


def interval(r: float, n: int) -> list[float]:
    """Fisher's 95 % interval of a correlation over n pairs; the whole range where n is too small for one."""
    if n < 4 or abs(r) >= 1:
        return [r, -1.0, 1.0]
    z, half = math.atanh(r), 1.96 / math.sqrt(n - 3)
    return [r, math.tanh(z - half), math.tanh(z + half)]
