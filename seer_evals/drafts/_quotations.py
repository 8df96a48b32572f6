"""Finds a quotation in a paper again, to the letter but for what setting and typing change.

What is the same: white space, hyphens at the ends of lines, ligatures, typographic quotation marks and dashes,
invisible characters. Nothing else is: a number that is another one, or a part of one, is not found.
"""

import functools
import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass

from seer_evals.drafts._reading import Paper
from seer_evals.plain_text import STRAIGHT

LEAST_WORDS, LEAST_CHARACTERS = 3, 12
"""Of a quotation: two words stand in any text."""
_SIGNS = str.maketrans(
    {
        **STRAIGHT,
        **{"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "ft", "ﬆ": "st"},
        **{"„": '"', "«": '"', "»": '"', "‚": "'", "‹": "'", "›": "'", "…": "..."},
        **dict.fromkeys("‐‑‒–—―−", "-"),
    }
)
# Not between figures, where it is a range, nor before one, where it may be a sign.
_HYPHEN = re.compile(r"(?<=[^\W_])-\s*(?=[^\W\d_])")
_BROKEN = re.compile(r"(?<=\w)-\s*\n\s*(?=\d)")


@functools.lru_cache(maxsize=16)  # a paper is asked for each of its quotations
def canonical(text: str) -> str:
    """The text as it is compared."""
    seen = "".join(each for each in unicodedata.normalize("NFC", text) if unicodedata.category(each) != "Cf")
    joined = _BROKEN.sub("-", seen.translate(_SIGNS))
    return " ".join(_HYPHEN.sub("", joined).split())


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


def find(paper: Paper, quotation: str) -> Place | None:
    """Where the words stand in the paper; None if they do not, or are too few to say anything."""
    words = canonical(quotation).strip("\"' ")
    if len(words.split()) < LEAST_WORDS or len(words) < LEAST_CHARACTERS:
        return None
    if (match := _whole(words).search(canonical(paper.text))) is None:
        return None
    before = bisect_right(paper.ends, match.start(), key=lambda end: len(canonical(paper.text[:end])))
    return Place(paper.unit, min(before, len(paper.ends) - 1) + 1)


def _whole(words: str) -> re.Pattern[str]:
    """The words where they do not begin or end within a word or a number: not `5 prompts` of `45 prompts`."""
    before = r"(?<![\w.,+-])" if words[0].isdigit() else r"(?<!\w)"
    # After a figure neither another one, nor decimals, nor its unit in per cent.
    after = r"(?!\w|[.,]\d| ?[%‰])" if words[-1].isdigit() else r"(?!\w)"
    return re.compile(f"{before}{re.escape(words)}{after}")
