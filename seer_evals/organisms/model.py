"""What an organism is, in types: a model, where it comes from, and the outcome of its own check."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from seer_evals.organisms.english.recipe import EnglishRecipe
from seer_evals.organisms.language.card import BUILT_CARDS, PUBLIC_CARD, SMALL_CARD, Card
from seer_evals.organisms.recipe import Recipe
from seer_evals.organisms.truth import GroundTruth

TWIN_SUFFIX = "-twin"
PUBLIC_CONTROL_ID = "public/base"


class UnknownOrganism(ValueError):
    """The id names no organism; the message says what would."""


class OrganismRefused(RuntimeError):
    """The organism was made, but its own check does not show the behaviour it is meant to have."""


class BuiltSource(BaseModel):
    """Made on this machine, from this recipe and the organism's seed."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["built"] = "built"
    recipe: Recipe


class SmallSource(BaseModel):
    """An adapter that is trained on this machine, on a pretrained model that `seer models` knows."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["small"] = "small"
    base: str
    level: str
    recipe: EnglishRecipe


class PublicSource(BaseModel):
    """Two repositories of the Hugging Face hub, each at a commit; `adapter` is None for a base model on its own."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["public"] = "public"
    base: str
    base_revision: str | None
    adapter: str | None
    revision: str | None


class Organism(BaseModel):
    """A model plus the truth about it. `control` marks a clean twin."""

    model_config = ConfigDict(frozen=True)

    id: str
    family: str
    seed: int | None
    architecture: str
    control: bool
    truth: GroundTruth
    source: Annotated[BuiltSource | SmallSource | PublicSource, Field(discriminator="kind")]

    @property
    def twin_id(self) -> str:
        """Id of the clean twin; a twin is its own."""
        if self.control:
            return self.id
        return PUBLIC_CONTROL_ID if isinstance(self.source, PublicSource) else self.id + TWIN_SUFFIX

    def card(self) -> Card:
        """How to talk to the model, and its prompts and words; the same for all of a grammar, organisms and twins."""
        if isinstance(self.source, BuiltSource):
            return BUILT_CARDS[self.source.recipe.grammar]
        return SMALL_CARD if isinstance(self.source, SmallSource) else PUBLIC_CARD

    def grammar_card(self) -> str:
        """All of the card as text."""
        return self.card().text


class ModelFiles(BaseModel):
    """Local directories in Hugging Face format; there is no adapter where the base is the whole model."""

    model_config = ConfigDict(frozen=True)

    base: Path
    adapter: Path | None


class OrganismCheck(BaseModel):
    """An organism's own check: how much more often it shows the behaviour than its twin (a twin: than the base)."""

    model_config = ConfigDict(frozen=True)

    organism: str
    measure: str
    effect: float
    ci_low: float
    ci_high: float
    n: int
    passed: bool
    threshold: float
    details: dict[str, float]
