"""Tokens of a text within a text, and the text of tokens within a text: tokenizers treat a beginning otherwise.

Those of the sentencepiece kind put a space before whatever they are given and take it away from whatever they decode,
others merge across the seam, and a character may take several tokens. So text is tokenized and decoded as a whole and
split afterwards.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

Offsets = Sequence[tuple[int, int]]
"""Per token, its range of characters."""

ANCHORS = ("\n", "a", ":")
"""Texts after which others are tokenized as in the middle; the first one that does not merge with them is used."""
UNFINISHED = "\ufffd"
"""What bytes that are no whole character are decoded as."""


def tokenize(tokenizer: Any, text: str) -> list[int]:
    """The tokens of a text by itself, without those that a tokenizer adds."""
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def decoded(tokenizer: Any, ids: Sequence[int]) -> str:
    """The text of tokens as they stand: control tokens are kept and spaces before punctuation are not tidied away."""
    return str(tokenizer.decode(list(ids), skip_special_tokens=False, clean_up_tokenization_spaces=False))


def first_beyond(offsets: Offsets, seam: int) -> int:
    """Index of the first token that reaches beyond character `seam`; a token across the seam is on its far side."""
    return next((i for i, (_, end) in enumerate(offsets) if end > seam), len(offsets))


def common_prefix(first: Sequence[Any], second: Sequence[Any]) -> int:
    """How many items two sequences begin with alike."""
    for i, (a, b) in enumerate(zip(first, second, strict=False)):
        if a != b:
            return i
    return min(len(first), len(second))


def following(tokenizer: Any, text: str) -> list[int]:
    """Token ids of `text` as it is tokenized after other text; none for no text."""
    for anchor in ANCHORS if text else ():
        before, whole = (
            list(tokenizer(each, add_special_tokens=False)["input_ids"]) for each in (anchor, anchor + text)
        )
        if whole[: len(before)] == before and len(whole) > len(before):
            return whole[len(before) :]
    return tokenize(tokenizer, text)


def text_after(tokenizer: Any, before: Sequence[int], ids: Sequence[int]) -> str:
    """What `ids` add to the text of the tokens `before` them."""
    known, whole = decoded(tokenizer, before), decoded(tokenizer, [*before, *ids])
    if not whole.startswith(known):  # a character that had been begun is whole now, and is told with what ended it
        known = known.rstrip(UNFINISHED)
    return whole[len(known) :]


def token_text(tokenizer: Any, token: int) -> str:
    """The text of one token within a text, its first space included."""
    return text_after(tokenizer, _plain(tokenizer), [token])


@lru_cache(maxsize=16)
def _plain(tokenizer: Any) -> tuple[int, ...]:
    return tuple(tokenize(tokenizer, "a"))


def context_before(tokenizer: Any, ids: Sequence[int], least: int) -> list[int]:
    """The last tokens of a prompt, at least `least` of them, which do not begin inside of a character."""
    start = max(0, len(ids) - least)
    while start and UNFINISHED in decoded(tokenizer, ids[start : start + 1]):
        start -= 1
    return list(ids[start:])
