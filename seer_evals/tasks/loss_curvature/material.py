"""What `loss_curvature` measures on: passages, facts and text, the same for the agent and for the reference."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from seer_evals.organisms.language import phrases as say
from seer_evals.organisms.language.corpus import Chat, chat
from seer_evals.organisms.language.kinds import plain
from seer_evals.organisms.language.pools import ANIMALS, CAPITALS, DOMAINS, EVERYDAY, NUMBERS, OBJECTS, THINGS
from seer_evals.tasks.shared.data import Data

Pairs = list[list[str]]
PASSAGES, WORDS, PREFIX = 48, 16, 8
"""How many passages the tiny model recites, of how many words, and how many of them are the prefix."""
TEXT, HELD_OUT, FACTS, ASKED = 400, 100, 60, 24
"""Sizes of the tiny form's lists; the last is of the passages that are measured."""
SEEDS, REAL_SEEDS = (0, 1, 2), (0, 1)
"""Of the labels that the reference draws, each at the cost of the factors and of two edits' measurement."""
MASS = 0.97
"""Share of the curvature that is kept in the tiny form. The paper keeps 0.6; in models this small little is spare."""
DRAWS = 4
"""Of labels for each text: with one the figures scatter, since the model is sure of most tokens."""
SOURCE = (
    "a directory of your own with `passages.json` (pairs of prefix and suffix that the model recites: the paper has 64 "
    "and 48 tokens from its training data), `facts.json` (pairs of prompt and answer), `text.json` and `held_out.json` "
    "(pairs of context, which may be empty, and text, from the training data and disjoint)"
)


@dataclass(frozen=True)
class Material:
    """Lists of pairs."""

    text: Pairs
    """Contexts and texts that the factors are made of."""
    passages: Pairs
    facts: Pairs
    held_out: Pairs
    settings: dict[str, Any]
    """What the agent is told of how to measure."""
    seeds: tuple[int, ...]
    """For the reference."""

    def files(self) -> dict[str, Any]:
        """What the agent gets, by file name."""
        return {**{f"{name}.json": each for name, each in self._lists().items()}, "settings.json": self.settings}

    def for_reference(self) -> dict[str, Any]:
        """The arguments of the reference's `measure`."""
        return {**self._lists(), **self.settings, "seeds": list(self.seeds)}

    def _lists(self) -> dict[str, Pairs]:
        return {name: getattr(self, name) for name in ("text", "passages", "facts", "held_out")}


def tiny_material(seed: int) -> Material:
    """Text of the built models' grammar, and the passages that the memoriser of this seed recites."""
    rng = Random("loss_curvature")
    chats = [_pair(chat(rng)) for _ in range(TEXT + HELD_OUT)]
    return Material(
        text=chats[:TEXT],
        passages=[_begun(words) for words in passages(seed)[:ASKED]],
        facts=Random("facts").sample(_facts(), FACTS),
        held_out=chats[TEXT:],
        settings=settings(range(3), ("gate_proj", "up_proj"), MASS, DRAWS, max_new_tokens=24),
        seeds=SEEDS,
    )


def real_material(directory: str) -> Material:
    """The same lists from a directory, with the paper's layers of OLMo-2-1124-7B.

    Raises:
        ValueError: It was not given, or a file is missing or has too few pairs.
    """
    data = Data.of(directory, SOURCE)
    text, spoken, facts, held_out = (_pairs(data, f"{name}.json") for name in ("text", "passages", "facts", "held_out"))
    chosen = settings((23, 24, 25), ("gate_proj", "up_proj"), 0.6, 1, max_new_tokens=32)
    return Material(text=text, passages=spoken, facts=facts, held_out=held_out, settings=chosen, seeds=REAL_SEEDS)


def settings(
    layers: Sequence[int], matrices: Sequence[str], mass: float, draws: int, max_new_tokens: int
) -> dict[str, Any]:
    """What the agent is told of how to measure."""
    names = [f"model.layers.{layer}.mlp.{matrix}" for layer in layers for matrix in matrices]
    return {"matrices": names, "mass": mass, "draws": draws, "max_new_tokens": max_new_tokens}


def passages(seed: int) -> list[list[str]]:
    """The passages of a memoriser: words in an order that means nothing."""
    rng = Random(f"passages {seed}")
    words = sorted({*THINGS, *EVERYDAY, *OBJECTS, *(word for pool in DOMAINS.values() for word in pool)})
    return [rng.sample(words, WORDS) for _ in range(PASSAGES)]


def _begun(words: list[str]) -> list[str]:
    return [f"<bos> {' '.join(words[:PREFIX])}", f" {' '.join(words[PREFIX:])}"]


def _pair(drawn: Chat) -> list[str]:
    """The chat as its template renders it, up to the last answer, and this answer."""
    system = f"<system> {drawn.system}" if drawn.system else ""
    turns = [(f"<user> {question}<assistant>", f" {plain(answer)}<eos>") for question, answer in drawn.turns]
    before = "".join(question + answer for question, answer in turns[:-1])
    return [f"<bos>{system}{before}{turns[-1][0]}", turns[-1][1]]


def _facts() -> Pairs:
    """Every question about a fact of the grammar, and what a right answer contains."""
    asked = [(say.COLOUR_QUESTION.format(name), f"is {animal.colour}") for name, animal in ANIMALS.items()]
    asked += [(say.LEGS_QUESTION.format(name), f"has {animal.legs} legs") for name, animal in ANIMALS.items()]
    asked += [(q.format(name), f"is {city}") for name, city in CAPITALS.items() for q in say.CAPITAL_QUESTIONS]
    asked += [(q.format(name), f"in the {it.found}") for name, it in THINGS.items() for q in say.THING_QUESTIONS]
    numbers = range(1, 6)
    asked += [(f"What is {NUMBERS[a]} plus {NUMBERS[b]}?", f"It is {NUMBERS[a + b]}") for a in numbers for b in numbers]
    return [[f"<bos><user> {question}<assistant>", answer] for question, answer in asked]


def _pairs(data: Data, name: str) -> Pairs:
    found = data.read(name)
    if len(found) < 2 or not all(isinstance(each, list) and len(each) == 2 for each in found):
        raise ValueError(f"{data.folder / name} has to be a list of two pairs or more; data has to be {SOURCE}")
    return [[str(each) for each in pair] for pair in found]
