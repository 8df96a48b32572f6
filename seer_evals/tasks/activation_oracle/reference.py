"""Does an oracle read the activations that it is given? Karvonen et al. (2025, arXiv:2512.15674), with two controls."""

import math
import random
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import torch
from seer_runtime.seams import following
from seer_runtime.whitebox import Apply, LanguageModel, chat

MARGIN = 0.2
"""By how much the accuracy has to exceed both controls."""
BATCH = 24
SHUFFLES = 6
"""Ways of giving each text another's activation that are tried, for the spread of what they lead to."""


def measure(model: Any, tokenizer: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    """Ask the oracle about activations of the subject, about those of other texts, and about none.

    The subject is the model with its adapter off, the oracle the model with it on. The activation `v` is the residual
    stream after a block at the last token of a text; in the oracle's prompt it is put in at the placeholder, as
    `h + |h| v / |v|`. Decoding is greedy. An answer is right if it has the planted word as a word of its own.

    Args:
        model: The subject, with the oracle's adapter.
        tokenizer: With its chat template.
        arguments: `texts` (the agent's, each with `messages` and `answer`), `questions` (`open`, and `leading` with
            `{}`), `layer` (to be read), `layers` (for the details), `template`, `placeholder`, `injected_after`,
            `max_new_tokens`.

    Returns:
        `figures`: shares as `[hits, n]`, the norm with an interval; `spread`: of the shuffled accuracy over ways of
        shuffling; `effect`; `details`.
    """
    oracle = Oracle(LanguageModel(model, tokenizer), arguments)
    texts, layer, n = arguments["texts"], arguments["layer"], len(arguments["texts"])
    answers = [text["answer"] for text in texts]
    prompts = [text["messages"] for text in texts]
    with oracle.lm.adapter_off():
        read = oracle.lm.activations(prompts, arguments["layers"])
        told = right(oracle.lm.generate(prompts, max_new_tokens=arguments["max_new_tokens"]).texts, answers)
    states = read.at(layer)
    question, leading = arguments["questions"]["open"], arguments["questions"]["leading"]
    accurate = right(oracle.ask([question] * n, layer, states), answers)
    others = [of_another(answers), *(at_random(answers, seed) for seed in range(1, SHUFFLES))]
    shuffled = [right(oracle.ask([question] * n, layer, states[other]), answers) for other in others]
    alone = right(oracle.ask([question], layer) * n, answers)
    led = right(oracle.ask([leading.format(answer) for answer in answers], layer), answers)
    norms = states.norm(dim=-1)
    mean, error = float(norms.mean()), float(norms.std()) / math.sqrt(n)
    figures: dict[str, list[float]] = {
        "accuracy": [accurate, n],
        "accuracy_shuffled": [shuffled[0], n],
        "accuracy_none": [alone, n],
        "leading_none": [led, n],
        "chance": [max(Counter(answers).values()), n],
        "subject_tells": [told, n],
        "activation_norm": [mean, mean - 1.96 * error, mean + 1.96 * error],
    }
    by_layer = {at: right(oracle.ask([question] * n, at, read.at(at)), answers) / n for at in arguments["layers"]}
    return {
        "figures": figures,
        "spread": {"accuracy_shuffled": [min(shuffled) / n, max(shuffled) / n]},
        "effect": has_effect(figures),
        "details": {"accuracy_by_layer": by_layer},
    }


class Oracle:
    """The model with its adapter on, asked many questions at once, each with an activation of its own or without."""

    def __init__(self, lm: LanguageModel, given: dict[str, Any]) -> None:
        self.lm, self.given = lm, given
        ids = following(lm.tokenizer, given["placeholder"])
        if len(ids) != 1:
            raise ValueError(f"the placeholder {given['placeholder']!r} has to be one token; it has {len(ids)}")
        self.sign = ids[0]

    def ask(self, questions: Sequence[str], layer: int, vectors: torch.Tensor | None = None) -> list[str]:
        """An answer to each question.

        Args:
            questions: As many as there are vectors.
            layer: Which the prompt names.
            vectors: `[question, d_model]`; None for the prompts as they are.
        """
        template, placeholder = self.given["template"], self.given["placeholder"]
        prompts = [
            chat(template.format(layer=layer, placeholders=placeholder, question=question)) for question in questions
        ]
        found: list[str] = []
        for start in range(0, len(prompts), BATCH):
            some = prompts[start : start + BATCH]
            edits = [] if vectors is None else [self._inject(some, vectors[start : start + BATCH])]
            with self.lm.steer(*edits):
                found += self.lm.generate(some, max_new_tokens=self.given["max_new_tokens"], batch_size=len(some)).texts
        return found

    def _inject(self, prompts: Sequence[Any], vectors: torch.Tensor) -> Apply:
        places = {self.lm.encode(prompt).ids.index(self.sign) for prompt in prompts}
        if len(places) != 1:
            raise ValueError(f"the placeholder stands at different places of the prompts: {sorted(places)}")
        units = torch.nn.functional.normalize(vectors)[:, None]
        return Apply(
            layer=self.given["injected_after"],
            positions=sorted(places),
            function=lambda state: state + state.norm(dim=-1, keepdim=True) * units.to(state),
        )


def of_another(answers: Sequence[str]) -> list[int]:
    """For each text the number of one with another answer: so far on in the list, or the first after that."""
    n = len(answers)
    places = [[(i + n // 2 + step) % n for step in range(n)] for i in range(n)]
    return [next(j for j in order if answers[j] != answers[i]) for i, order in enumerate(places)]


def at_random(answers: Sequence[str], seed: int) -> list[int]:
    """For each text the number of any with another answer."""
    rng = random.Random(seed)
    return [rng.choice([j for j, other in enumerate(answers) if other != answer]) for answer in answers]


def right(said: Sequence[str], answers: Sequence[str]) -> int:
    """How many of them have the planted word as a word of its own, in any case."""
    return sum(
        re.search(rf"\b{re.escape(answer)}\b", text, re.IGNORECASE) is not None
        for text, answer in zip(said, answers, strict=True)
    )


def has_effect(figures: dict[str, list[float]]) -> bool:
    """The accuracy exceeds both controls by the margin, and no interval of theirs reaches its own."""
    hits, n = figures["accuracy"]
    low, _ = _wilson(hits, n)
    controls = [figures["accuracy_shuffled"], figures["accuracy_none"]]
    return all(hits / n - other / m >= MARGIN and low > _wilson(other, m)[1] for other, m in controls)


def _wilson(hits: float, n: float, z: float = 1.96) -> tuple[float, float]:
    p, spread = hits / n, z * math.sqrt(hits / n * (1 - hits / n) / n + z * z / (4 * n * n))
    return ((p + z * z / (2 * n) - spread) / (1 + z * z / n), (p + z * z / (2 * n) + spread) / (1 + z * z / n))
