"""The text of a claim, made plain, and where names occur in it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from seer_evals.plain_text import STRAIGHT

_PLAIN = str.maketrans({**STRAIGHT, "*": " ", "`": "'"})
_SENTENCE_END = re.compile(r"(?<!e\.g\.)(?<!i\.e\.)(?<!vs\.)(?<=[.!?])['\")]*\s+(?=\S)|\n+")
_CONTRAST = re.compile(r", (?:but |and |though )?not [^,;.]{1,60},(?= [a-z]+s\b)")
"""Says in passing what is not meant: 'marble, but not silver, sets it off'."""


@dataclass(frozen=True)
class Mention:
    """A name at a place of a sentence."""

    sentence: str
    start: int
    end: int

    @property
    def before(self) -> str:
        """The sentence up to the name."""
        return self.sentence[: self.start]

    @property
    def after(self) -> str:
        """The sentence from the name on."""
        return self.sentence[self.end :]


def plain(text: str) -> str:
    """The text in lower case, with straight quotes and single spaces."""
    return "\n".join(" ".join(line.split()) for line in text.translate(_PLAIN).lower().splitlines())


def sentences(text: str) -> list[str]:
    """The sentences of a plain text."""
    return [sentence for sentence in _SENTENCE_END.split(_CONTRAST.sub("", text)) if sentence.strip()]


def mentions(text: str, names: Iterable[str]) -> list[Mention]:
    """Where any of the names occurs in the text as whole words, in any case."""
    patterns = [re.compile(rf"(?<!\w){re.escape(plain(name))}(?!\w)") for name in names]
    return [
        Mention(sentence, found.start(), found.end())
        for sentence in sentences(plain(text))
        for pattern in patterns
        for found in pattern.finditer(sentence)
    ]
