"""Generated texts."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..models.generation import Reply, Request, decode
from .prompts import Encoded
from .table import Table


@dataclass(frozen=True)
class Sampling:
    """How texts are drawn."""

    max_new_tokens: int
    temperature: float
    top_p: float
    top_k: int
    stop: tuple[str, ...]
    seed: int | None

    def request(self, encoded: Encoded, occurrence: int) -> Request:
        """The request for one text; equal prompts of one call have different streams of random numbers."""
        seed = None
        if self.seed is not None:
            seed = zlib.crc32(f"{self.seed} {encoded.ids} {occurrence}".encode())
        return Request([], None, self.max_new_tokens, self.temperature, self.top_p, self.top_k, seed, list(self.stop))


def sample(
    model: Any, tokenizer: Any, encoded: Sequence[Encoded], sampling: Sampling, before: Sequence[Encoded]
) -> list[Reply]:
    """Continue a batch of prompts; `before` are those of the same call that came earlier."""
    seen: dict[tuple[int, ...], int] = {}
    for item in before:
        seen[tuple(item.ids)] = seen.get(tuple(item.ids), 0) + 1
    requests = []
    for item in encoded:
        count = seen.get(tuple(item.ids), 0)
        seen[tuple(item.ids)] = count + 1
        requests.append(sampling.request(item, count))
    return decode(model, tokenizer, requests, [item.ids for item in encoded])


@dataclass(frozen=True)
class Generations:
    """What a model wrote, without the prompts and prefills."""

    prompts: list[str]
    """Of each text, the prompt as the model read it."""
    texts: list[str]
    """In the order of the prompts; the samples of one prompt follow one another."""
    tokens: list[list[int]]
    """Token ids of each text, with the one that ended it."""
    reasons: list[str]
    """Why each text ended: `stop`, `max_tokens` or `model_length`."""
    samples: int

    @classmethod
    def of(cls, encoded: Sequence[Encoded], replies: Sequence[Reply], samples: int) -> "Generations":
        """Collect the replies to `encoded` prompts."""
        return cls(
            prompts=[item.text for item in encoded],
            texts=[reply.said for reply in replies],
            tokens=[reply.tokens for reply in replies],
            reasons=[reply.reason for reply in replies],
            samples=samples,
        )

    @property
    def by_prompt(self) -> list[list[str]]:
        """The texts of each prompt."""
        return [self.texts[i : i + self.samples] for i in range(0, len(self.texts), self.samples)]

    def share(self, *words: str) -> float:
        """Share of the texts that contain one of `words`, whatever their case."""
        found = [any(word.lower() in text.lower() for word in words) for text in self.texts]
        return sum(found) / len(found)

    def table(self) -> Table:
        """Prompts beside texts."""
        return Table(
            ["prompt", "text"], [[prompt[-40:], text] for prompt, text in zip(self.prompts, self.texts, strict=True)]
        )

    def __repr__(self) -> str:
        return repr(self.table())
