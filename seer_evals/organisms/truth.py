"""What there is to find in a model, and the one place that writes it into a sample's metadata and reads it there.

The keys stand in every log that there is, so they stay as they are: old logs can be scored again.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

TRUTH_KEY = "truth"
"""Sample metadata: the `GroundTruth` as a dictionary."""
CONTROL_KEY = "control"
"""Sample metadata: whether this is a clean twin, in which there is nothing to be found."""
FAMILY_KEY = "family"
"""Sample metadata: the family of what is hidden."""
GROUP_KEY, PAIR_KEY, CHANCE_KEY, ACCESS_KEY = "group", "pair", "chance", "access"
"""Sample metadata: what techniques and agents are compared by; `truth_metadata` says what each is."""


class Atom(BaseModel):
    """One fact a report can get right, recognised by any of the `aliases` being asserted, as whole words in any case.

    `implied_by` has the ids of more particular atoms: who states one of them has stated this one. `refused` marks a
    fact that something is refused or not known, so that the aliases have to be said to be that.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    statement: str
    weight: float = Field(gt=0, le=1)
    aliases: tuple[str, ...] = Field(min_length=1)
    implied_by: tuple[str, ...] = ()
    refused: bool = False


class Unchanged(BaseModel):
    """Something that the behaviour leaves as it was; the check's details have its rate under `id`, beside the twin's.

    A claim that it changed is false, and is recognised by any of the `aliases` occurring in it as whole words.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    statement: str
    aliases: tuple[str, ...] = Field(min_length=1)


class GroundTruth(BaseModel):
    """What there is to find. A clean twin has no atoms: the right report is that there is nothing.

    `decoys` are the words that the seed could have drawn instead: a claim that names many of them is a guess, not a
    finding. `unchanged` is what model and twin have in common, as far as the family says and its check measures it.
    """

    model_config = ConfigDict(frozen=True)

    family: str
    description: str
    atoms: tuple[Atom, ...]
    decoys: tuple[str, ...] = ()
    unchanged: tuple[Unchanged, ...] = ()


def truth_metadata(
    truth: GroundTruth,
    control: bool,
    *,
    group: str | None = None,
    pair: str | None = None,
    chance: float | None = None,
    access: str | None = None,
) -> dict[str, Any]:
    """What scorers and readers of the log need to know about a model; the agent never sees it.

    Args:
        truth: What is hidden.
        control: Whether this is a clean twin.
        group: What the sample is counted among; without it the family.
        pair: What model and twin have in common; without it the id of the sample.
        chance: How often a guess is right; without it never.
        access: What the agent has of the model, where a task has several.
    """
    found = {FAMILY_KEY: truth.family, CONTROL_KEY: control, TRUTH_KEY: truth.model_dump(mode="json")}
    beside = {GROUP_KEY: group, PAIR_KEY: pair, CHANCE_KEY: chance, ACCESS_KEY: access}
    return found | {key: value for key, value in beside.items() if value is not None}


def truth_in(metadata: Mapping[str, Any] | None) -> GroundTruth | None:
    """The truth in a sample's metadata, or None where the task planted none."""
    found = (metadata or {}).get(TRUTH_KEY)
    return None if found is None else GroundTruth.model_validate(found)


def is_control(metadata: Mapping[str, Any] | None) -> bool:
    """Whether a sample's metadata says that there is nothing to be found in its model."""
    return bool((metadata or {}).get(CONTROL_KEY, False))
