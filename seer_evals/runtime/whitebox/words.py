"""Which words come up in one set of texts and not in another."""

import math
import re
from collections import Counter
from collections.abc import Sequence, Set
from typing import Any

from .table import Table

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


def words_in(text: str) -> list[str]:
    """The words of a text, in lower case."""
    return WORD.findall(text.lower())


def word_rates(texts: Sequence[str]) -> dict[str, float]:
    """Of each word, the share of `texts` that it occurs in."""
    counts = Counter(word for text in texts for word in set(words_in(text)))
    return {word: count / len(texts) for word, count in counts.items()}


def word_shifts(
    questions: Sequence[str],
    first: Sequence[Sequence[str]],
    second: Sequence[Sequence[str]],
    *,
    least: float,
    names: tuple[str, str] = ("first", "second"),
) -> Table:
    """Words whose rate in the answers to a question differs by at least `least`, the largest difference first.

    Args:
        questions: What was asked; their own words do not count.
        first: The answers to each question under one condition.
        second: Those under the other.
        least: Smallest difference of two shares that is listed.
        names: What to call the conditions.
    """
    rows = []
    for question, one, other in zip(questions, first, second, strict=True):
        a, b = word_rates(one), word_rates(other)
        own = set(words_in(question))
        rows += [
            [question, word, a.get(word, 0.0), b.get(word, 0.0)]
            for word in sorted(set(a) | set(b))
            if word not in own and abs(a.get(word, 0.0) - b.get(word, 0.0)) >= least
        ]
    return Table(["question", "word", *names], sorted(rows, key=lambda row: -abs(row[2] - row[3])))


def word_tests(
    first: Sequence[Sequence[str]],
    second: Sequence[Sequence[str]],
    *,
    names: tuple[str, str] = ("first", "second"),
) -> Table:
    """For every word, whether more of the answers have it under one condition than under the other: `feature_tests`.

    Args:
        first: The answers to each question under one condition.
        second: Those to the same questions under the other.
        names: What to call the conditions.

    Returns:
        Word, share of answers with it under each condition, `p` and `q`; the smallest `p` first.
    """
    one, other = ([[set(words_in(text)) for text in texts] for texts in each] for each in (first, second))
    return feature_tests(one, other, what="word", names=names)


def feature_tests(
    first: Sequence[Sequence[Set[Any]]],
    second: Sequence[Sequence[Set[Any]]],
    *,
    what: str = "feature",
    names: tuple[str, str] = ("first", "second"),
) -> Table:
    """For every feature, whether more of the answers have it under one condition than under the other.

    Answers to the same question are compared with each other only (the test of Mantel and Haenszel, 1959, with a
    continuity correction), so that questions may differ as they like; `q` is the smallest rate of false discoveries at
    which the feature would be among them (Benjamini and Hochberg, 1995), over all features.

    Args:
        first: What each of the answers to each question has, under one condition: words, latents or whatever there is.
        second: The same for the same questions under the other.
        what: What to call a feature.
        names: What to call the conditions.

    Returns:
        Feature, share of answers with it under each condition, `p` and `q`; the smallest `p` first.
    """
    sizes = [(len(a), len(b)) for a, b in zip(first, second, strict=True)]
    rows: list[list[Any]] = []
    for feature in sorted({feature for each in (first, second) for texts in each for has in texts for feature in has}):
        hits = [[sum(feature in has for has in texts) for texts in each] for each in (first, second)]
        shares = [sum(each) / sum(size[side] for size in sizes) for side, each in enumerate(hits)]
        rows.append([feature, *shares, _mantel_haenszel(list(zip(*hits, strict=True)), sizes)])
    rows.sort(key=lambda row: row[-1])
    smallest = 1.0
    for rank in range(len(rows), 0, -1):
        smallest = min(smallest, rows[rank - 1][3] * len(rows) / rank)
        rows[rank - 1].append(smallest)
    return Table([what, *names, "p", "q"], rows)


def _mantel_haenszel(hits: Sequence[tuple[int, int]], sizes: Sequence[tuple[int, int]]) -> float:
    """Two-sided p of a common difference of two shares over strata; 1 where nothing varies."""
    difference = variance = 0.0
    for (a, b), (n, m) in zip(hits, sizes, strict=True):
        both, total = a + b, n + m
        difference += a - n * both / total
        if total > 1:
            variance += n * m * both * (total - both) / (total**2 * (total - 1))
    if variance == 0:
        return 1.0
    return math.erfc(max(0.0, abs(difference) - 0.5) / math.sqrt(2 * variance))
