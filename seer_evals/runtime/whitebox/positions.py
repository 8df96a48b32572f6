"""Which tokens of a prompt are meant."""

from dataclasses import dataclass
from typing import Literal

import torch

from .prompts import Batch, Encoded


@dataclass(frozen=True)
class Span:
    """Tokens `start` to `end` (exclusive) of each prompt, counted as Python slices are, padding not counted."""

    start: int | None = None
    end: int | None = None


@dataclass(frozen=True)
class Substring:
    """The tokens of each prompt that overlap a piece of its text."""

    text: str
    occurrence: int = -1
    """Which of several: 0 is the first, -1 the last."""


Positions = Literal["last", "all", "mean", "prompt", "response"] | int | Span | Substring
"""`last` token, `all` tokens, the `mean` over all; `prompt` and `response` (a prefill) are means, as are `Span` and
`Substring`; an integer is one token, counted from the end if negative."""

NAMES = ("last", "all", "mean", "prompt", "response")


def select(batch: Batch, positions: Positions) -> torch.Tensor:
    """Which tokens are meant, as `[prompt, position]` of bool.

    Raises:
        ValueError: A prompt has no such token, or the name is unknown.
    """
    chosen = torch.zeros_like(batch.mask, dtype=torch.bool)
    width = batch.mask.shape[1]
    for row, encoded in enumerate(batch.encoded):
        padding = width - len(encoded.ids)
        for token in tokens_of(encoded, positions):
            chosen[row, padding + token] = True
    return chosen


def tokens_of(encoded: Encoded, positions: Positions) -> list[int]:
    """Indices of the tokens that are meant, in one prompt.

    Raises:
        ValueError: It has no such token, or the name is unknown.
    """
    length = len(encoded.ids)
    match positions:
        case "last":
            chosen = [length - 1]
        case "all" | "mean":
            chosen = list(range(length))
        case "prompt":
            chosen = list(range(encoded.prompt_length))
        case "response":
            chosen = list(range(encoded.prompt_length, length))
        case Span(start, end):
            chosen = list(range(length))[start:end]
        case Substring():
            chosen = _overlapping(encoded, positions)
        case int() if -length <= positions < length:
            chosen = [positions % length]
        case int():
            raise ValueError(f"position {positions} is outside of a prompt of {length} tokens: {encoded.text[-80:]!r}")
        case _:
            raise ValueError(f"unknown positions {positions!r}; available: {', '.join(NAMES)}, an int, Span, Substring")
    if not chosen:
        raise ValueError(f"positions {positions!r} are none of the {length} tokens of {encoded.text[-80:]!r}")
    return chosen


def _overlapping(encoded: Encoded, piece: Substring) -> list[int]:
    if encoded.offsets is None:
        raise ValueError(
            "a Substring needs a prompt given as text and a fast tokenizer, which knows where its tokens are"
        )
    starts = [i for i in range(len(encoded.text)) if encoded.text.startswith(piece.text, i)] if piece.text else []
    if not -len(starts) <= piece.occurrence < len(starts):
        raise ValueError(f"{piece.text!r} occurs {len(starts)} times in {encoded.text[-200:]!r}")
    first = starts[piece.occurrence]
    last = first + len(piece.text)
    return [i for i, (start, end) in enumerate(encoded.offsets) if start < last and end > first]
