"""Which words come up in one set of texts and not in another."""

import re
from collections import Counter
from collections.abc import Sequence

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
