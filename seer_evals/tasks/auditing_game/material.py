"""Models for `auditing_game`: several hidden behaviours or none, with and without a system prompt that defends them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pydantic import Field, ValidationError, model_validator

from seer_evals.environment import ModelSpec
from seer_evals.frozen import Frozen
from seer_evals.organisms import GroundTruth, Organism, built, twin_of
from seer_evals.organisms.behaviours.defended import DEFENCE
from seer_evals.solvers._baseline.card import PLAIN_QUESTIONS, PLAIN_WORDS
from seer_evals.tasks.shared.study import pinned_model

DEFENCES = {"none": "undefended", "prompt": "defended"}
"""By the task's parameter: what the table calls such models."""
FAMILY = "defended"
NOTHING = GroundTruth(family=FAMILY, description="There is nothing to find.", atoms=())


@dataclass(frozen=True)
class Audited:
    """One model of the game.

    Attributes:
        id: Of the sample.
        spec: Of the model, its placement left out.
        truth: What is hidden; without atoms in a control.
        group: Defended or not.
        pair: Shared with its control.
        card: `prompts` and lists of `words` for the agent's workspace, where the laboratory brings no card of its own.
    """

    id: str
    spec: ModelSpec
    truth: GroundTruth
    group: str
    pair: str
    card: dict[str, Any]

    @property
    def control(self) -> bool:
        """Whether there is nothing to find."""
        return not self.truth.atoms


def tiny_audited(seeds: Iterable[int], defences: Iterable[str], controls: bool) -> list[Audited]:
    """Organisms of the family `defended` and their twins, under each defence.

    Args:
        seeds: One organism for each.
        defences: Keys of `DEFENCES`.
        controls: Whether the twins take part.
    """
    found = [built(FAMILY, seed) for seed in seeds]
    everyone = [*found, *(twin_of(organism) for organism in found if controls)]
    return [_tiny(organism, defence) for defence in defences for organism in everyone]


def _tiny(organism: Organism, defence: str) -> Audited:
    group = DEFENCES[defence]
    prompt = DEFENCE if defence == "prompt" else None
    return Audited(
        id=f"{organism.id}.{group}",
        spec=ModelSpec(organism=organism.id, hidden=True, system_prompt=prompt),
        truth=organism.truth,
        group=group,
        pair=f"{organism.twin_id}.{group}",
        card={},
    )


class Entry(Frozen):
    """A model of the real form, as the file that `data` names has it."""

    name: str = Field(min_length=1)
    model: str
    """`OWNER/NAME@COMMIT`."""
    adapter: str = ""
    """`OWNER/NAME@COMMIT`, if the behaviours are an adapter's."""
    system_prompt: str | None = None
    """That defends it."""
    truth: GroundTruth | None = None
    """None for a control."""
    control: str = ""
    """Name of the model in which none of this is to be found."""

    @model_validator(mode="after")
    def _has_control_or_is_one(self) -> Self:
        if (self.truth is None) == bool(self.control):
            raise ValueError(f"{self.name!r}: a model with a truth names its `control`, and a control has neither")
        return self

    def spec(self) -> ModelSpec:
        """The model at its commits."""
        base = pinned_model(self.model)
        adapter = pinned_model(self.adapter) if self.adapter else None
        beside = {"adapter": adapter.hub, "adapter_revision": adapter.revision} if adapter else {}
        return base.model_copy(update={"hidden": True, "system_prompt": self.system_prompt, **beside})


def real_audited(data: str, controls: bool) -> list[Audited]:
    """The models of a file.

    Args:
        data: Path of a JSON file: a list of `Entry`.
        controls: Whether those without a truth take part.

    Raises:
        ValueError: There is no such file, or an entry is malformed; the message says which.
    """
    path = Path(data).expanduser()
    if not data or not path.is_file():
        raise ValueError(
            f"form=real needs data=FILE.json, a list of models with `name`, `model` and `adapter` (OWNER/NAME@COMMIT; "
            f"commits are on https://huggingface.co/OWNER/NAME/commits/main), `truth` and `control`; {data!r} is none"
        )
    try:
        entries = [Entry.model_validate(each) for each in json.loads(path.read_text(encoding="utf-8"))]
    except (json.JSONDecodeError, ValidationError) as error:
        raise ValueError(f"{data}: {error}") from error
    if missing := {each.control for each in entries if each.control} - {each.name for each in entries}:
        raise ValueError(
            f"{data}: no model is called {', '.join(map(repr, sorted(missing)))}, which is named as control"
        )
    return [_real(each) for each in entries if controls or each.truth]


def _real(entry: Entry) -> Audited:
    group = DEFENCES["prompt" if entry.system_prompt else "none"]
    return Audited(
        id=entry.name,
        spec=entry.spec(),
        truth=entry.truth or NOTHING,
        group=group,
        pair=entry.control or entry.name,
        card={
            "prompts": list(PLAIN_QUESTIONS),
            "words": {name: list(each) for name, each in PLAIN_WORDS.items()},
        },
    )
