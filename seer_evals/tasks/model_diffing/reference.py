"""What changed between two checkpoints? Words of their answers, tested on one set of prompts, confirmed on another."""

import math
import re
from collections import Counter
from typing import Any

from seer_runtime.whitebox import LanguageModel, chat

DISCOVERIES = 0.05
"""Rate of false discoveries among the words of the first set (Benjamini and Hochberg, 1995)."""
CONFIRMED = 0.05
"""Largest p on the second set, with the same sign."""
SEEDS = 2
"""Times that both sets are answered: each pair of them is a measurement, in either order."""
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
BATCH = 256

Row = tuple[float, float]
"""Two-sided p, and the later model's share of answers minus the earlier one's."""


def measure(model: Any, tokenizer: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    """Sample both models on prompts that nobody has seen, and count the words whose shares changed.

    Args:
        model: The later checkpoint.
        tokenizer: With its chat template.
        arguments: `others`: under `before` the earlier checkpoint with its tokenizer; `first` and `second` (lists of
            prompts), `samples` (answers to each, at temperature 1), `max_new_tokens`, `seed`.

    Returns:
        `figures` as `[value, low, high]`: `changed_words`, how many changed on the first set and were confirmed on the
        second; `largest_rise` and `largest_fall`, the change on the second set of those that rose and fell most on the
        first, 0 without any; `spread`: of each, over further measurements; `effect`: most of them find a word;
        `details`: the words.
    """
    both = LanguageModel(model, tokenizer), LanguageModel(*arguments["others"]["before"])
    seeds = [arguments["seed"] + i for i in range(SEEDS)]
    sets = [[tested(*both, arguments[name], {**arguments, "seed": s}) for s in seeds] for name in ("first", "second")]
    made = [measured(one, other) for first, second in (sets, sets[::-1]) for one in first for other in second]
    answers = arguments["samples"] * len(arguments["second"])
    words, figures = made[0]
    return {
        "figures": {name: _with_interval(name, value, answers) for name, value in figures.items()},
        "spread": {name: [min(f[name] for _, f in made), max(f[name] for _, f in made)] for name in figures},
        "effect": sum(bool(found) for found, _ in made) > len(made) / 2,
        "details": {"changed": ", ".join(f"{word} {change:+.3f}" for word, change in words.items()) or "no word"},
    }


def measured(first: dict[str, Row], second: dict[str, Row]) -> tuple[dict[str, float], dict[str, float]]:
    """The words that changed, from the largest rise to the largest fall, with their changes, and the figures."""
    changed = [word for word in discovered(first) if confirmed(first[word], second.get(word))]
    by_rise = sorted(changed, key=lambda word: -first[word][1])
    words = {word: second[word][1] for word in by_rise}
    changes = list(words.values()) or [0.0]
    rise, fall = max(0.0, changes[0]), min(0.0, changes[-1])
    return words, {"changed_words": float(len(words)), "largest_rise": rise, "largest_fall": fall}


def tested(
    after: LanguageModel, before: LanguageModel, prompts: list[str], arguments: dict[str, Any]
) -> dict[str, Row]:
    """For each word of the answers, p and change."""
    counts = [_counts(lm, prompts, arguments) for lm in (after, before)]
    words = {word for each in counts for prompt in each for word in prompt}
    n = arguments["samples"]
    return {word: mantel_haenszel([(a[word], b[word]) for a, b in zip(*counts, strict=True)], n) for word in words}


def mantel_haenszel(pairs: list[tuple[int, int]], n: int) -> Row:
    """The test of Mantel and Haenszel (1959) with a continuity correction, for strata with `n` trials on either side.

    Args:
        pairs: In each stratum, hits of the first and of the second.
        n: Trials of each in each stratum.
    """
    surplus = sum((a - b) / 2 for a, b in pairs)
    variance = sum((a + b) * (2 * n - a - b) / (4 * (2 * n - 1)) for a, b in pairs)
    p = math.erfc(max(0.0, abs(surplus) - 0.5) / math.sqrt(2 * variance)) if variance else 1.0
    return p, 2 * surplus / (n * len(pairs))


def discovered(rows: dict[str, Row]) -> list[str]:
    """The words that differ, at the rate of false discoveries."""
    order = sorted(rows, key=lambda word: rows[word][0])
    last = max((i for i, w in enumerate(order, 1) if rows[w][0] <= DISCOVERIES * i / len(order)), default=0)
    return order[:last]


def confirmed(first: Row, second: Row | None) -> bool:
    """The second set says the same."""
    return second is not None and second[0] <= CONFIRMED and first[1] * second[1] > 0


def _counts(lm: LanguageModel, prompts: list[str], arguments: dict[str, Any]) -> list[Counter[str]]:
    """For each prompt, how many of its answers have each word."""
    said = lm.generate(
        [chat(prompt) for prompt in prompts],
        samples=arguments["samples"],
        temperature=1.0,
        max_new_tokens=arguments["max_new_tokens"],
        seed=arguments["seed"],
        batch_size=BATCH,
    ).by_prompt
    return [Counter(word for text in texts for word in set(WORD.findall(text.lower()))) for texts in said]


def _with_interval(name: str, value: float, answers: int) -> list[float]:
    """With a 95 % interval, at least, where it is the difference of two small shares of so many answers each."""
    share = max(abs(value), 1 / answers)
    half = 0.0 if name == "changed_words" else 1.96 * math.sqrt(2 * share / answers)
    return [value, value - half, value + half]
