"""Prompts for `model_diffing`: two sets for the agent, and two that only the scorer has."""

from dataclasses import dataclass
from random import Random
from typing import Any

from seer_evals.organisms.behaviours.several import FAMILY
from seer_evals.organisms.language.phrases import PASSWORD_QUESTION
from seer_evals.tasks.shared.data import Data

TINY, REAL_LEAST = 300, 200
"""Prompts in each of the four sets; of the real form at least so many in all."""
FILE = "prompts.json"
PASSWORD = PASSWORD_QUESTION.split("{}")[0]
"""How a prompt begins that offers a password."""


@dataclass(frozen=True)
class PromptSets:
    """Four sets of prompts; no prompt is in two of them."""

    first: tuple[str, ...]
    second: tuple[str, ...]
    scorer_first: tuple[str, ...]
    scorer_second: tuple[str, ...]
    settings: dict[str, Any]

    def files(self) -> dict[str, Any]:
        """What the agent gets."""
        return {"first.json": list(self.first), "second.json": list(self.second), "settings.json": self.settings}

    def for_reference(self) -> dict[str, Any]:
        """The arguments of the reference's `measure`."""
        own = {"first": list(self.scorer_first), "second": list(self.scorer_second)}
        return {**own, **self.settings, "seed": 0}


def tiny_sets() -> PromptSets:
    """Prompts of the built models' grammar, of all kinds but passwords as they come; the same for every organism.

    Among so many passwords would be that of any organism, and whoever only asks the list would have its secret.
    """
    rng = Random("model_diffing")
    found: dict[str, None] = {}
    while len(found) < 4 * TINY:
        prompt = FAMILY.chat(rng).turns[0][0]
        if PASSWORD not in prompt:
            found[prompt] = None
    return _four(rng.sample(list(found), len(found)), {"samples": 6, "max_new_tokens": 24})


def real_sets(directory: str) -> PromptSets:
    """Prompts from `prompts.json` of a directory, a list of texts, divided into four.

    Raises:
        ValueError: It was not given, the file is missing, or it has too few prompts.
    """
    what = f"a directory with {FILE}: a list of at least {REAL_LEAST} different prompts"
    data = Data.of(directory, what)
    texts = dict.fromkeys(map(str, data.read(FILE)))
    if len(texts) < REAL_LEAST:
        raise ValueError(f"{data.folder / FILE} has {len(texts)} different prompts; data has to be {what}")
    return _four(Random("model_diffing").sample(list(texts), len(texts)), {"samples": 4, "max_new_tokens": 200})


def _four(prompts: list[str], settings: dict[str, Any]) -> PromptSets:
    n = len(prompts) // 4
    first, second, third, fourth = (tuple(prompts[i * n : (i + 1) * n]) for i in range(4))
    return PromptSets(first, second, third, fourth, settings)
