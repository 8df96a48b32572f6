"""Finds a quotation in a paper again, to the letter but for what setting and typing change.

What is the same: white space, hyphens at the ends of lines, ligatures, typographic quotation marks and dashes,
invisible characters. Nothing else is: a number that is another one, or a part of one, is not found.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass

from seer_evals.drafts._reading import Paper
from seer_evals.drafts._text import canonical, clean

LEAST_WORDS, LEAST_CHARACTERS = 3, 12
"""Of a quotation: two words stand in any text."""


@dataclass(frozen=True)
class Place:
    """Where a quotation begins.

    Attributes:
        unit: `page` or `line`.
        number: From 1.
    """

    unit: str
    number: int

    def __str__(self) -> str:
        return f"{self.unit} {self.number}"


def stands_in(paper: Paper, quotation: str) -> bool:
    """Whether the words stand in the paper, and are enough to say anything."""
    return _match(paper, quotation) is not None


def find(paper: Paper, quotation: str) -> Place | None:
    """Where the words stand in the paper; None if they do not, or are too few to say anything."""
    if (match := _match(paper, quotation)) is None:
        return None
    before = bisect_right(paper.ends, match.start(), key=lambda end: len(canonical(paper.text[:end])))
    return Place(paper.unit, min(before, len(paper.ends) - 1) + 1)


def _match(paper: Paper, quotation: str) -> "re.Match[str] | None":
    words = canonical(clean(quotation)).strip("\"' ")
    if len(words.split()) < LEAST_WORDS or len(words) < LEAST_CHARACTERS:
        return None
    return _whole(words).search(paper.canonical)


def _whole(words: str) -> re.Pattern[str]:
    """The words where they do not begin or end within a word or a number: not `5 prompts` of `45 prompts`."""
    before = r"(?<![\w.,+-])" if words[0].isdigit() else r"(?<!\w)"
    # After a figure neither another one, nor decimals, nor its unit in per cent.
    after = r"(?!\w|[.,]\d| ?[%‰])" if words[-1].isdigit() else r"(?!\w)"
    return re.compile(f"{before}{re.escape(words)}{after}")
