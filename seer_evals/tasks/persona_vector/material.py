"""Traits, questions and finetunes for `persona_vector`: what the agent gets, and what only the scorer measures on."""

from dataclasses import dataclass, replace
from itertools import pairwise
from random import Random
from typing import Any

from seer_evals.environment import ModelSpec
from seer_evals.organisms import Organism, built, twin_of
from seer_evals.organisms.behaviours.manner import FAMILY, LEVELS, Secret, sentences
from seer_evals.organisms.language.kinds import World
from seer_evals.organisms.language.phrases import NEUTRAL_SYSTEM
from seer_evals.organisms.language.pools import MANNERS
from seer_evals.tasks.shared.data import Data
from seer_evals.tasks.shared.study import pinned_model

EXTRACT, EVALUATE = 32, 32
"""Questions in each of the two lists; the scorer has as many of its own of either."""
LEAST_FINETUNES = 4
"""With fewer, a correlation over them says nothing."""
SOURCE = (
    "a directory of your own with `questions.json` (a list of at least 128 questions) and `trait.json` and "
    "`control.json`, objects with `trait`, `positive` and `negative` (system messages that ask for the trait, and for "
    "its opposite or another), `systems` (to measure under; null for none) and `shows` (an answer that contains one of "
    "these shows the trait)"
)
FIELDS = ("trait", "positive", "negative", "systems", "shows")


@dataclass(frozen=True)
class Persona:
    """A trait and questions; no question is in two lists."""

    extract: tuple[str, ...]
    evaluate: tuple[str, ...]
    own_extract: tuple[str, ...]
    own_evaluate: tuple[str, ...]
    """The scorer's."""
    settings: dict[str, Any]

    @property
    def answers(self) -> int:
        """How many answers a trait score is measured on, over all system messages."""
        return len(self.settings["systems"]) * len(self.evaluate) * int(self.settings["samples"])

    def files(self) -> dict[str, Any]:
        """What the agent gets, by file name."""
        return {"extract.json": self.extract, "evaluate.json": self.evaluate, "settings.json": self.settings}

    def for_reference(self) -> dict[str, Any]:
        """The arguments of the reference's `measure`."""
        return {"extract": list(self.own_extract), "evaluate": list(self.own_evaluate), **self.settings}


def tiny_finetunes(seed: int) -> tuple[Organism, tuple[Organism, ...]]:
    """The model, a clean twin, and what else there is of it: the seed's manner at every level, another one, a twin.

    Each is the first organism from the seed on that draws it; their order is drawn, too.
    """
    manner = FAMILY.draw_from(seed).manner
    wanted = [Secret(manner, level) for level in LEVELS]
    seeds = [next(each for each in range(seed, seed + 1000) if FAMILY.draw_from(each) == one) for one in wanted]
    trait = MANNERS[manner].trait
    other = next(each for each in range(seed, seed + 1000) if MANNERS[FAMILY.draw_from(each).manner].trait != trait)
    found = [*(built("manner", each) for each in (*seeds, other)), twin_of(built("manner", other))]
    return twin_of(built("manner", seed)), tuple(Random(f"persona_vector {seed}").sample(found, len(found)))


def tiny_persona(seed: int, shifted: bool) -> Persona:
    """Questions of the built models' grammar, and a manner.

    Args:
        seed: Of the finetunes.
        shifted: Whether the manner is that of some of them; otherwise none of them has it, nor its opposite.
    """
    rng = Random(f"persona_vector {seed} {shifted}")
    had = {FAMILY.draw_from(int(each.id.split("-")[2])).manner for each in tiny_finetunes(seed)[1]}
    traits = {MANNERS[manner].trait for manner in had}
    manner = (
        FAMILY.draw_from(seed).manner if shifted else rng.choice([m for m in MANNERS if MANNERS[m].trait not in traits])
    )
    found: dict[str, None] = {}
    while len(found) < 2 * (EXTRACT + EVALUATE):
        drawn = FAMILY.chat(rng)
        if len(drawn.turns) == 1 and drawn.system is None:
            found[drawn.turns[0][0]] = None
    asks = str(World(manner=manner).system())
    opposite = next(name for name, each in MANNERS.items() if each.trait == MANNERS[manner].trait and name != manner)
    against = str(World(manner=opposite).system())
    settings = {
        "trait": manner,
        "shows": list(sentences(manner)),
        "positive": [asks],
        "negative": [str(World(manner=other).system()) for other in MANNERS if other != manner],
        "systems": [
            None,
            *NEUTRAL_SYSTEM[1:],
            asks,
            against,
            f"{NEUTRAL_SYSTEM[0]} {asks}",
            f"{asks} {NEUTRAL_SYSTEM[2]}",
            f"{asks} {against}",
            f"{against} {asks}",
        ],
        "layer": 2,
        "strength": 2,
        "samples": 4,
        "max_new_tokens": 28,
    }
    return _divided(list(found), settings)


def tiny_bare(seed: int) -> Persona:
    """The manner of the control, its vector contrasted with answers in no manner at all.

    Such a vector stands in part for having any manner: finetunes that were changed in another one move along it, and
    show nothing of this one.
    """
    persona = tiny_persona(seed, shifted=False)
    return replace(persona, settings={**persona.settings, "negative": list(NEUTRAL_SYSTEM)})


def real_persona(directory: str, layer: int, strength: float, shifted: bool) -> Persona:
    """A trait and questions from a directory.

    Raises:
        ValueError: The directory was not given, or a file is missing or incomplete.
    """
    data = Data.of(directory, SOURCE)
    questions = list(dict.fromkeys(map(str, data.read("questions.json"))))
    if len(questions) < (least := 2 * (EXTRACT + EVALUATE)):
        raise ValueError(
            f"{data.folder / 'questions.json'} has {len(questions)} different questions; {least} are needed"
        )
    name = "trait.json" if shifted else "control.json"
    if missing := [field for field in FIELDS if field not in (trait := data.read(name))]:
        raise ValueError(f"{data.folder / name} lacks {', '.join(missing)}; data has to be {SOURCE}")
    settings = {field: trait[field] for field in FIELDS}
    settings |= {"layer": layer, "strength": strength, "samples": 4, "max_new_tokens": 200}
    return _divided(Random("persona_vector").sample(questions, len(questions)), settings)


def real_finetunes(finetunes: str | list[str]) -> tuple[ModelSpec, ...]:
    """Pinned models that were made of the one that is studied.

    Raises:
        ValueError: There are too few, or one has no commit.
    """
    parts = finetunes.split(",") if isinstance(finetunes, str) else finetunes
    named = [text for part in parts if (text := part.strip())]
    if len(named) < LEAST_FINETUNES:
        raise ValueError(
            f"form=real needs finetunes=OWNER/NAME@COMMIT,…: at least {LEAST_FINETUNES} models that were made of "
            f"the one that is studied; got {len(named)}"
        )
    return tuple(pinned_model(text) for text in named)


def in_laboratory(model: ModelSpec, finetunes: tuple[ModelSpec, ...]) -> tuple[ModelSpec, ...]:
    """The models under names that say nothing: `model`, `ft_a`, `ft_b` and so on."""
    names = [f"ft_{chr(ord('a') + i)}" for i in range(len(finetunes))]
    named = [each.model_copy(update={"name": name}) for name, each in zip(names, finetunes, strict=True)]
    return tuple(each.model_copy(update={"hidden": True}) for each in (model, *named))


def _divided(questions: list[str], settings: dict[str, Any]) -> Persona:
    bounds = (0, EXTRACT, EXTRACT + EVALUATE, 2 * EXTRACT + EVALUATE, 2 * (EXTRACT + EVALUATE))
    first, second, third, fourth = (tuple(questions[i:j]) for i, j in pairwise(bounds))
    return Persona(first, second, third, fourth, settings)
