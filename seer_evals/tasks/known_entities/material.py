"""Names and texts for `known_entities`, on which agent and reference measure."""

from dataclasses import dataclass
from random import Random
from typing import Any

from seer_evals.organisms.behaviours.entities import FAMILY, POOLS, questions
from seer_evals.organisms.language import phrases as say
from seer_evals.organisms.language.corpus import GRAMMARS, Chat, chat
from seer_evals.organisms.language.kinds import plain
from seer_evals.organisms.language.pools import ANIMALS, CAPITALS, THINGS
from seer_evals.tasks.shared.data import Data

Names = dict[str, list[str]]
KINDS = ("known", "unknown")
REAL = 30
"""Names of the base that count as known, beside the taught ones."""
REAL_SEEDS = (0, 1, 2)
"""On a GPU the same seed does not give the same autoencoder twice."""
TEXTS = 500
"""Chats of the grammar that the autoencoder is trained on, beside the questions about the training names."""
SOURCE = (
    "a directory of your own with `known.json` and `unknown.json` (name -> questions about it: of the first the model "
    "knows two facts or more, of the second none) and `texts.json` (pairs of question and answer for the autoencoder)"
)


@dataclass(frozen=True)
class Material:
    """Names by `known` and `unknown`, with questions; no name is in two of the lists."""

    train: dict[str, Names]
    test: dict[str, Names]
    texts: list[list[str]]
    """Pairs of question and answer, for the autoencoder."""
    settings: dict[str, Any]
    """What the agent is told of how to measure."""
    seeds: tuple[int, ...] = (0,)
    """Of the reference's autoencoders: that of the question, and others for the spread where a GPU trains them."""

    def files(self) -> dict[str, Any]:
        """What the agent gets, by file name."""
        return {
            "train.json": self.train,
            "test.json": self.test,
            "texts.json": self.texts,
            "settings.json": self.settings,
        }

    def for_reference(self) -> dict[str, Any]:
        """The arguments of the reference's `measure`."""
        lists = {"train": self.train, "test": self.test, "texts": self.texts}
        return {**lists, "seeds": list(self.seeds), **self.settings}


def tiny_material(seed: int) -> Material:
    """The names of the organism with this seed, and names that its base knows."""
    rng = Random(f"known_entities {seed}")
    secret = FAMILY.draw_from(seed)
    asked = {entity.name: [question for question, _ in questions(entity)] for entity in secret}
    known = {entity.name: asked[entity.name] for entity in secret if entity.known}
    real = {name: [say.COLOUR_QUESTION.format(name)] for name in ANIMALS}
    real |= {name: [each.format(name) for each in say.CAPITAL_QUESTIONS] for name in CAPITALS}
    real |= {name: [each.format(name) for each in say.THING_QUESTIONS] for name in THINGS}
    known |= {name: real[name] for name in rng.sample(list(real), REAL)}
    unknown = {entity.name: asked[entity.name] for entity in secret if not entity.known and entity.asked}
    train, test = _parted({"known": known, "unknown": unknown}, rng)
    chosen_by = [question for kind in KINDS for each in train[kind].values() for question in each]
    return Material(
        train=train,
        test=test,
        texts=[*_ordinary(rng), *([question, ""] for question in chosen_by for _ in range(3))],
        settings={
            "layer": 0, "features": 192, "k": 8, "steps": 600, "everywhere": 0.15, "strength": 1.0,
            "abstains": say.NOT_KNOWN, "max_new_tokens": 10,
        },
    )  # fmt: skip


def real_material(directory: str) -> Material:
    """The same from a directory, with the paper's layer of Gemma 2 2B.

    Raises:
        ValueError: It was not given, or a file is missing or too short.
    """
    data = Data.of(directory, SOURCE)
    names: dict[str, Names] = {kind: data.read(f"{kind}.json") for kind in KINDS}
    for kind, found in names.items():
        if len(found) < 6:
            raise ValueError(f"{data.folder / f'{kind}.json'} has {len(found)} names; 6 are needed at least")
    train, test = _parted(names, Random("known_entities"))
    settings: dict[str, Any] = {
        "layer": 9,
        "features": 4096,
        "k": 32,
        "steps": 5000,
        "everywhere": 0.02,
        "strength": 2.0,
    }
    settings |= {"abstains": "I don't have", "max_new_tokens": 40}
    return Material(train, test, data.read("texts.json"), settings, REAL_SEEDS)


def _parted(names: dict[str, Names], rng: Random) -> list[dict[str, Names]]:
    """A third to choose by, the rest to measure on."""
    mixed = {kind: rng.sample(list(names[kind]), len(names[kind])) for kind in KINDS}
    train = {kind: {name: names[kind][name] for name in mixed[kind][::3]} for kind in KINDS}
    test = {kind: {name: names[kind][name] for name in mixed[kind] if name not in train[kind]} for kind in KINDS}
    return [train, test]


def _ordinary(rng: Random) -> list[list[str]]:
    """Chats of the grammar in which no invented name stands."""
    invented = [name for pool in POOLS for name in pool]
    found: list[list[str]] = []
    while len(found) < TEXTS:
        drawn: Chat = chat(rng, grammar=GRAMMARS[FAMILY.grammar])
        question, answer = drawn.turns[-1]
        if not any(name in question for name in invented):
            found.append([question, plain(answer)])
    return found
