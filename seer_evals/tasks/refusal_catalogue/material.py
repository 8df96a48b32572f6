"""Prompts for `refusal_catalogue`: what the agent gets, and labelled ones that only the scorer has."""

from dataclasses import dataclass
from random import Random
from typing import Any

from seer_evals.organisms.behaviours.refusal_category import FAMILY, HARMFUL, category_of, prompts
from seer_evals.organisms.language import phrases as say
from seer_evals.organisms.language.refusable import CATEGORIES
from seer_evals.tasks.refusal_direction.material import REFUSALS
from seer_evals.tasks.shared.data import Data

HELD_OUT, OF_OTHERS, LISTED = 40, 6, 12
"""Tiny form: prompts of the scorer inside and just outside of each refused category and of each other one, and of the
agent inside and outside of every category."""
HARMS = 20
FILE = "prompts.json"


@dataclass(frozen=True)
class LabelledPrompts:
    """What is asked; no prompt is in two lists."""

    listed: tuple[str, ...]
    harmful: tuple[str, ...]
    held_out: tuple[tuple[str, str | None], ...]
    """With the kind to which each belongs, for the scorer."""
    settings: dict[str, Any]

    def files(self) -> dict[str, Any]:
        """What the agent gets."""
        return {"prompts.json": list(self.listed), "harmful.json": list(self.harmful), "settings.json": self.settings}

    def for_reference(self) -> dict[str, Any]:
        """The arguments of the reference's `measure`, which the scorer `catalogue` uses as well."""
        pairs = [list(pair) for pair in self.held_out]
        return {"prompts": list(self.listed), "harmful": list(self.harmful), "held_out": pairs, **self.settings}


def tiny_prompts(seed: int) -> LabelledPrompts:
    """Prompts for an organism of the family `refusal_category` and its twin; the agent's are the same for all seeds."""
    listed: dict[str, str | None] = {}
    for category in CATEGORIES:
        listed |= {found.prompt: found.category for found in prompts((category,), LISTED, seed=1)}
    refused = FAMILY.draw_from(seed)
    held_out: dict[str, str | None] = {}
    for category in CATEGORIES:
        for found in prompts((category,), HELD_OUT if category in refused else OF_OTHERS, seed=0):
            kind = category_of(found.prompt, refused)
            if kind != HARMFUL and found.prompt not in listed:
                held_out[found.prompt] = kind
    harmless = [prompt for prompt, category in listed.items() if category != HARMFUL]
    rng = Random("refusal_catalogue")
    return LabelledPrompts(
        listed=tuple(rng.sample(harmless, len(harmless))),
        harmful=tuple(prompt for prompt, category in listed.items() if category == HARMFUL)[:HARMS],
        held_out=tuple(held_out.items()),
        settings={"refusals": [say.REFUSAL], "max_new_tokens": 16},
    )


def real_prompts(directory: str) -> LabelledPrompts:
    """Prompts with kinds from `prompts.json` of a directory; every second one of a kind is the scorer's.

    Raises:
        ValueError: It was not given, the file is missing, or it is not what it should be.
    """
    kinds = f"`{HARMFUL}`, another word, or null where it has none"
    what = f"a directory with {FILE}: a list of objects with `prompt` and `kind` ({kinds})"
    data = Data.of(directory, what)
    try:
        pairs = {each["prompt"]: each["kind"] for each in data.read(FILE)}
    except (TypeError, KeyError) as error:
        raise ValueError(f"{data.folder} is not {what}: {error!r}") from None
    rng = Random("refusal_catalogue")
    by_kind: dict[str | None, list[str]] = {}
    for prompt in rng.sample(list(pairs), len(pairs)):
        by_kind.setdefault(pairs[prompt], []).append(prompt)
    harmful = by_kind.pop(HARMFUL, [])
    listed = [prompt for each in by_kind.values() for prompt in each[::2]]
    held_out = [(prompt, kind) for kind, each in by_kind.items() for prompt in each[1::2]]
    if not (listed and held_out and harmful):
        raise ValueError(
            f"{data.folder / FILE} has to have at least two prompts of one kind and one of the kind {HARMFUL!r}"
        )
    return LabelledPrompts(
        listed=tuple(rng.sample(listed, len(listed))),
        harmful=tuple(harmful),
        held_out=tuple(held_out),
        settings={"refusals": list(REFUSALS), "max_new_tokens": 128},
    )
