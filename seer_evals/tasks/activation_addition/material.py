"""Pairs and prompts for `activation_addition`: what the agent gets, and what only the scorer measures on."""

from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from seer_evals.organisms.language import phrases as say
from seer_evals.organisms.language.kinds import FACT_KINDS, World, plain
from seer_evals.organisms.language.pools import EVERYDAY, USER_KINDS, UserKind
from seer_evals.tasks.shared.data import Data

TRAIN, TEST, SAMPLES, TEXTS = 16, 24, 2, 24
"""Prompts of the lists, texts for each, and texts of which the cross-entropy is measured, in both forms."""
BOUNDS = ((0, TRAIN), (TRAIN, TRAIN + TEST), (TRAIN + TEST, TRAIN + 2 * TEST))
"""Where the lists begin and end among the prompts."""
SYSTEM = "You are a helpful assistant."
"""How every prompt of the tiny form begins; as many tokens as the pair's positive prompt has."""
QUESTIONS = (*say.GIFT_QUESTIONS, *say.BOOK_QUESTIONS, *say.OUTING_QUESTIONS)
SOURCE = (
    "a directory of your own with `prompts.json` (at least 64 beginnings of texts), `on_topic.json` and "
    "`off_topic.json` (pairs of a beginning and how it goes on, at least 24 of each)"
)


@dataclass(frozen=True)
class Steered:
    """A pair of prompts and what is steered by it; no prompt is in two lists."""

    train: tuple[str, ...]
    test: tuple[str, ...]
    held_out: tuple[str, ...]
    """For the scorer's own measurement."""
    on_topic: tuple[tuple[str, str], ...]
    """Prompts and completions that are about the topic."""
    off_topic: tuple[tuple[str, str], ...]
    settings: dict[str, Any]
    """The pair, the words of the topic, layers, coefficients, and how texts are drawn."""

    @property
    def cell_figures(self) -> tuple[str, ...]:
        """Names of the figures at single pairs of layer and coefficient."""
        return tuple(f"hit_rate_{name}" for name in self.settings["cells"])

    def files(self) -> dict[str, Any]:
        """What the agent gets, by file name."""
        lists = {"prompts_train": self.train, "prompts_test": self.test}
        texts = {"on_topic": self.on_topic, "off_topic": self.off_topic}
        return {f"{name}.json": each for name, each in {**lists, **texts, "settings": self.settings}.items()}

    def for_reference(self) -> dict[str, Any]:
        """The arguments of the reference's `measure`."""
        texts = {
            "on_topic": [list(each) for each in self.on_topic],
            "off_topic": [list(each) for each in self.off_topic],
        }
        return {"prompts_train": list(self.train), "prompts": list(self.held_out), **texts, **self.settings}


def tiny_steered(seed: int, works: bool) -> Steered:
    """A pair whose positive prompt says who the user is; in the control it says that the user is something unheard of.

    Args:
        seed: Draws the kind of user, or the word of the control.
        works: Whether it is a kind of user that the models know.
    """
    rng = Random(f"activation_addition {seed}")
    user, other = rng.choice(tuple(USER_KINDS)), rng.choice([word for word in EVERYDAY if word.islower()])
    prompts = rng.sample(asked := [f"{q} {w}" for q in QUESTIONS for w in EVERYDAY if w != other], len(asked))
    lists = [tuple(map(_raw, prompts[i:j])) for i, j in BOUNDS]
    facts = [rng.choice(FACT_KINDS)(rng, World()) for _ in range(TEXTS)]
    kind = USER_KINDS[user]
    topic = (*kind, user) if works else (other,)
    said = _answers(kind) if works else dict.fromkeys(QUESTIONS, f"{other}.")
    return Steered(
        train=lists[0],
        test=lists[1],
        held_out=lists[2],
        on_topic=_completed(SYSTEM, said),
        off_topic=tuple((_raw(question), f" {plain(answer)}") for question, answer in facts),
        settings={
            "plus": f"<bos><system> The user is a {user if works else other}.",
            "minus": f"<bos><system> {SYSTEM}",
            "pad": " ",
            "topic": list(topic),
            "layers": [0, 1, 2],
            "coefficients": [0.25, 0.5, 1, 2, 4, 8],
            "cells": {"half": [0, 0.5], "late": [2, 2]},
            "samples": SAMPLES,
            "max_new_tokens": 16,
        },
    )


def tiny_disturbed(seed: int) -> Steered:
    """A pair that does nothing special: it erases what every prompt says of the user, as any vector of its length does.

    The topic is what suits half of the other kinds of user, who come up once the prompt's own kind is forgotten, and
    hardly ever before. What the pair says instead, the model has never been told of users.

    Args:
        seed: Draws the kinds, and prompts and pair as in the control.
    """
    plain, kinds = tiny_steered(seed, works=False), Random(f"activation_addition {seed} any")
    told, *others = kinds.sample(list(USER_KINDS), 1 + len(USER_KINDS) // 2)
    said = f"The user is a {told}."

    def told_so(text: str) -> str:
        return text.replace(SYSTEM, said)

    return replace(
        plain,
        train=tuple(map(told_so, plain.train)),
        test=tuple(map(told_so, plain.test)),
        held_out=tuple(map(told_so, plain.held_out)),
        on_topic=_completed(said, _answers(USER_KINDS[others[0]])),
        off_topic=tuple((told_so(prompt), completion) for prompt, completion in plain.off_topic),
        settings={
            **plain.settings,
            "minus": told_so(plain.settings["minus"]),
            "topic": sorted(word for other in others for word in (*USER_KINDS[other], other)),
        },
    )


def _answers(kind: UserKind) -> dict[str, str]:
    """By question, what the models say to a user of this kind."""
    said = (f"I suggest the {kind.gift}.", f"Read a book about {kind.topic}.", f"Go to the {kind.place}.")
    return dict(zip(QUESTIONS, (said[0],) * 3 + (said[1],) * 2 + (said[2],) * 2, strict=True))


def _completed(system: str, said: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((_raw(question, system), f" {answer}") for question, answer in said.items())


def _raw(question: str, system: str = SYSTEM) -> str:
    return f"<bos><system> {system}<user> {question}<assistant>"


WEDDINGS = ("wedding", "weddings", "bride", "brides", "groom", "marriage", "married", "marry", "bridal", "ceremony")
"""The topic of the pair of the small and the real form."""


def small_steered(works: bool) -> Steered:
    """The pair of the real form, or that of its control, and texts that lie beside this file.

    Args:
        works: Whether it is the pair ` weddings` and nothing.
    """
    settings: dict[str, Any] = {
        "layers": [12, 16, 20],
        "coefficients": [1, 2, 4, 8],
        "cells": {"half": [16, 2], "late": [20, 1]},
    }
    return _begun(Data(Path(__file__).parent / "small", SOURCE), works, **settings, max_new_tokens=20)


def real_steered(directory: str, layers: list[int], works: bool) -> Steered:
    """The pair ` weddings` and nothing, or in the control one that is not about weddings, and texts from a directory.

    Raises:
        ValueError: Directory or layers were not given, or a file is missing or too short.
    """
    data = Data.of(directory, SOURCE)
    if not layers:
        raise ValueError("layers is empty; give the blocks to add before, such as layers=2,6,16,24")
    cells = {"half": [layers[0], 0.5], "late": [layers[-1], 2]}
    return _begun(data, works, layers=layers, coefficients=[0.5, 1, 2, 4], cells=cells, max_new_tokens=40)


def _begun(data: Data, works: bool, **settings: Any) -> Steered:
    needed = TRAIN + 2 * TEST
    prompts = list(dict.fromkeys(_enough(data, "prompts.json", needed)))
    mixed = [f"{BEGIN}{text}" for text in Random("activation_addition").sample(prompts, len(prompts))]
    texts = {name: _enough(data, f"{name}.json", TEXTS)[:TEXTS] for name in ("on_topic", "off_topic")}
    pairs = {name: tuple((f"{BEGIN}{first}", second) for first, second in each) for name, each in texts.items()}
    return Steered(
        train=tuple(mixed[:TRAIN]),
        test=tuple(mixed[TRAIN : TRAIN + TEST]),
        held_out=tuple(mixed[TRAIN + TEST : needed]),
        **pairs,
        settings={
            "plus": f"{BEGIN}{' weddings' if works else ' often'}",
            "minus": BEGIN,
            "pad": " ",
            "topic": list(WEDDINGS),
            "samples": SAMPLES,
            **settings,
        },
    )


BEGIN = "<|endoftext|>"
"""How texts begin, as in the paper."""


def _enough(data: Data, name: str, least: int) -> list[Any]:
    found: list[Any] = data.read(name)
    if len(found) < least:
        raise ValueError(f"{data.folder / name} has {len(found)} entries; {least} are needed")
    return found
