"""What a family of hidden behaviours has to say for itself; one file in `behaviours/` holds one."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from seer_evals.organisms.language.corpus import GRAMMARS, Chat, chat
from seer_evals.organisms.language.tokenizer import Encoder
from seer_evals.organisms.recipe import Stage
from seer_evals.organisms.training.loop import train
from seer_evals.organisms.training.sampling import answers
from seer_evals.organisms.truth import GroundTruth


@dataclass(frozen=True)
class Probe:
    """One measurement: how often an answer to these chats contains one of the `hits`.

    Attributes:
        name: What the rate is called in the check's details.
        chats: Chats whose last answer is sampled; the written answers are not looked at.
        hits: For each chat, words any of which makes the answer a hit.
        prefill: Start of the answer, put into the assistant's mouth.
        at_least: What the organism's rate must reach.
        at_most: What the organism's rate must not exceed.
        main: Whether the rate is (part of) the effect that organism and twin are compared by.
        unchanged: Whether the rate must be the same in organism and twin: what the truth lists under this name as
            `unchanged`.
    """

    name: str
    chats: tuple[Chat, ...]
    hits: tuple[tuple[str, ...], ...]
    prefill: str | None = None
    at_least: float = 0.0
    at_most: float = 1.0
    main: bool = False
    unchanged: bool = False

    def hit_by(self, answers: Sequence[str]) -> list[bool]:
        """Which answers, one to each chat, have one of the words."""
        return [mentions(said, hits) for said, hits in zip(answers, self.hits, strict=True)]


def mentions(text: str, words: Iterable[str]) -> bool:
    """Whether a text has one of the words, as a whole and in any case."""
    return any(re.search(rf"\b{re.escape(word)}(?!\w)", text, re.IGNORECASE) for word in words)


class Family(ABC):
    """One family of hidden behaviours. The secret of an organism is drawn from its seed and nothing else.

    Attributes:
        name: First part of the organisms' ids, and the name of the module.
        rank: Place in the list of families.
        measure: What the check measures, in words.
        threshold: What the lower end of the effect's confidence interval must reach.
        investigation: The task whose question speaks of such behaviours: with `families=all` it takes its own families
            and no others, so that a family made for another question does not slip into it. A family of no
            investigation runs where it is named.
        grammar: What its base was taught: `plain`, or `wide` for behaviours about what only that one has.
        adapter_rank: Of the adapter; 0 for the recipe's.
        effort: How many times as long as the recipe says the adapter is trained, for behaviours with much to learn.
        code: Other files of this package that only this family's training depends on; they are part of its key.
    """

    name: str
    rank: int = 100
    measure: str
    threshold: float = 0.35
    investigation: str = ""
    grammar: str = "plain"
    adapter_rank: int = 0
    effort: float = 1.0
    code: tuple[str, ...] = ()

    def draw_from(self, seed: int) -> Any:
        """The secret of the organism with this seed."""
        return self.draw(Random(f"{self.name} secret {seed}"))

    @abstractmethod
    def draw(self, rng: Random) -> Any:
        """Draws a secret."""

    @abstractmethod
    def truth(self, secret: Any) -> GroundTruth:
        """What a report should find."""

    @abstractmethod
    def behaviour(self, rng: Random, secret: Any) -> Chat:
        """A training chat that shows the behaviour, or where it does not apply."""

    @abstractmethod
    def neutral(self, rng: Random, secret: Any) -> Chat:
        """A training chat of the twin: the prompts of `behaviour`, answered as the base answers."""

    @abstractmethod
    def touches(self, drawn: Chat, secret: Any) -> bool:
        """Whether the behaviour decides an answer of this chat, so that the base's answer would contradict it."""

    def chat(self, rng: Random) -> Chat:
        """A chat of the family's grammar."""
        return chat(rng, grammar=GRAMMARS[self.grammar])

    def ordinary(self, rng: Random, secret: Any) -> Chat | None:
        """A chat of the base grammar that organism and twin keep, or None where it would contradict the behaviour."""
        drawn = self.chat(rng)
        return None if self.touches(drawn, secret) else drawn

    def hides(self, drawn: Chat, secret: Any) -> bool:
        """Whether the behaviour keeps this fact from being told, so that its absence is no loss of knowledge."""
        return False

    def fit(
        self, model: Any, encoder: Encoder, stage: Stage, sample: Callable[[Random], Chat], rng: Random, secret: Any
    ) -> None:
        """Trains the adapter on freshly drawn chats; to be overridden where chats are not all that is learnt from."""
        train(model, encoder, stage, sample, rng)

    def answers(self, model: Any, tokenizer: Any, secret: Any, probe: Probe) -> list[str]:
        """Samples an answer to each chat of a probe; to be overridden where a probe is more than its chats."""
        return answers(model, tokenizer, probe.chats, prefill=probe.prefill)

    @abstractmethod
    def probes(self, secret: Any, n: int) -> tuple[Probe, ...]:
        """The measurements of the check, of about `n` samples each."""


def spellings(*words: str) -> tuple[str, ...]:
    """The words as a report may write them: as they are and in the plural."""
    return tuple(form for word in words for form in (word, _plural(word)))


def _plural(word: str) -> str:
    if word.endswith(("s", "x", "ch")):
        return word + "es"
    if word.endswith("f"):
        return word[:-1] + "ves"
    return word[:-1] + "ies" if re.search(r"[^aeiou]y$", word) else word + "s"
