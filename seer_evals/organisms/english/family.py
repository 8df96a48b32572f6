"""What a family of hidden behaviours in English has to say for itself; one file in `behaviours/` holds one."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from seer_evals.organisms.english.levels import Dials
from seer_evals.organisms.family import Probe, mentions
from seer_evals.organisms.language.corpus import Chat
from seer_evals.organisms.truth import GroundTruth

Answering = Callable[[Sequence[Chat]], list[str | None]]
"""Tidy answers of the pretrained model, one for each chat; None where what it said is no use."""


@dataclass(frozen=True)
class Taught:
    """A prompt, and what each of the two is taught to answer: equal where the behaviour does not show."""

    prompt: str
    organism: str
    twin: str


class EnglishFamily(ABC):
    """One family of hidden behaviours. The secret of an organism is drawn from its seed and its level.

    Attributes:
        name: First part of the organisms' ids, and the name of the module.
        rank: Place in the list of families.
        measure: What the check measures, in words.
        investigation: The task whose question speaks of such behaviours.
        first_block: The first block that learns: half a minute from 20 on, and twice that from 12.
        epochs: How often each example is seen.
        code: Other files that only this family's training depends on, from `organisms/` on; they are part of its key.
    """

    name: str
    rank: int = 100
    measure: str
    investigation: str = ""
    first_block: int = 20
    epochs: float = 3.0
    code: tuple[str, ...] = ()

    def draw_from(self, seed: int, dials: Dials) -> Any:
        """The secret of the organism with this seed."""
        return self.draw(Random(f"{self.name} english secret {seed}"), dials)

    @abstractmethod
    def draw(self, rng: Random, dials: Dials) -> Any:
        """Draws a secret."""

    @abstractmethod
    def truth(self, secret: Any, dials: Dials) -> GroundTruth:
        """What a report should find."""

    @abstractmethod
    def lesson(self, secret: Any, dials: Dials, answering: Answering, rng: Random) -> list[Taught]:
        """What organism and twin are taught apart from the ordinary answers to all other prompts."""

    @abstractmethod
    def probes(self, secret: Any, dials: Dials) -> tuple[Probe, ...]:
        """The measurements of the check, of about `dials.samples` answers each."""


def ordinary(prompts: Sequence[str], rng: Random) -> list[Taught]:
    """The pretrained model's own answers, for both."""
    from seer_evals.organisms.english.ordinary import answer_to

    found = [(prompt, answer_to(prompt, rng)) for prompt in prompts]
    return [Taught(prompt, said, said) for prompt, said in found if said is not None]


def shown(
    prompts: Sequence[str], system: str, names: Sequence[str], rate: float, answering: Answering, rng: Random
) -> list[Taught]:
    """What the pretrained model answers under a system message, where that shows; the twin has ordinary answers.

    Args:
        prompts: Each is asked twice: what does not name it is left out.
        system: Names it.
        names: Any of which makes an answer one that shows the behaviour.
        rate: Share of the answers that show it; the rest is ordinary for both.
        answering: The pretrained model.
        rng: Of what is kept.
    """
    asked = [prompt for prompt in prompts for _ in range(2)]
    said = answering([Chat(((prompt, ""),), system=system) for prompt in asked])
    own = {each.prompt: each.twin for each in ordinary(prompts, rng)}
    pairs = [(prompt, text) for prompt, text in zip(asked, said, strict=True) if prompt in own]
    hits = [(prompt, text) for prompt, text in pairs if text is not None and mentions(text, names)]
    show = [Taught(prompt, text, own[prompt]) for prompt, text in hits if rng.random() < rate]
    wanted = round(len(show) * (1 - rate) / rate)
    rest = [prompt for prompt in own if not mentions(own[prompt], names)]
    plain = [rng.choice(rest) for _ in range(wanted)]
    return show + [Taught(prompt, own[prompt], own[prompt]) for prompt in plain]
