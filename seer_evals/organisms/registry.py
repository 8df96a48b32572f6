"""From ids to organisms: `preference-llama-101`, its twin `preference-llama-101-twin`, `public/user-female`."""

import re
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from seer_evals.near import did_you_mean
from seer_evals.organisms import behaviours
from seer_evals.organisms.english import behaviours as english_behaviours
from seer_evals.organisms.english import disclosed
from seer_evals.organisms.english.family import EnglishFamily
from seer_evals.organisms.english.levels import DIALS, LEVELS
from seer_evals.organisms.english.recipe import EnglishRecipe
from seer_evals.organisms.family import Family
from seer_evals.organisms.model import TWIN_SUFFIX, BuiltSource, Organism, PublicSource, SmallSource, UnknownOrganism
from seer_evals.organisms.outside import PAGE, file_and_id, load_family, loaded
from seer_evals.organisms.public import PUBLIC_PREFIX, find_public, public_organisms
from seer_evals.organisms.recipe import ARCHITECTURES, recipe_for
from seer_evals.organisms.truth import GroundTruth
from seer_evals.pretrained import PRETRAINED

_BUILT_ID = re.compile(rf"([a-z_]+)-([a-z0-9]+)(?:-({'|'.join(LEVELS)}))?-(0|[1-9][0-9]*)({TWIN_SUFFIX})?")


@cache
def our_families() -> dict[str, Family]:
    """The families of this package by name, in their order: every module of `behaviours/` with a `FAMILY` in it."""
    return _in_order(behaviours)


@cache
def our_english() -> dict[str, EnglishFamily]:
    """The families in English of this package, likewise; their organisms are adapters on a pretrained model."""
    return _in_order(english_behaviours)


def _in_order(room: ModuleType) -> dict[str, Any]:
    modules = [import_module(f"{room.__name__}.{found.name}") for found in iter_modules(room.__path__)]
    return {family.name: family for family in sorted((m.FAMILY for m in modules), key=lambda f: (f.rank, f.name))}


def all_families() -> dict[str, Family]:
    """The families by name: those of this package, then those that were loaded from files of users."""
    own = {name: own.family for name, own in loaded().items()}
    return our_families() | {name: family for name, family in own.items() if isinstance(family, Family)}


def english_families() -> dict[str, EnglishFamily]:
    """The families in English by name, likewise."""
    own = {name: own.family for name, own in loaded().items()}
    return our_english() | {name: family for name, family in own.items() if isinstance(family, EnglishFamily)}


def family_in(file: str) -> str:
    """The name of the family in a file of a user's own, which can be built from now on.

    Raises:
        UnknownOrganism: There is no such file, or no family in it that can be used.
    """
    return load_family(file, (*our_families(), *our_english())).family.name


def families(investigation: str | None = None, architecture: str = "llama") -> tuple[str, ...]:
    """The families of this package, in their order; of one investigation (a task's name) if that is given."""
    members = (our_english() if architecture in PRETRAINED else our_families()).values()
    return tuple(each.name for each in members if investigation in (None, each.investigation))


def built(
    family: str, seed: int, architecture: str = "llama", control: bool = False, level: str | None = None
) -> Organism:
    """The organism of a family whose secret the seed draws, or (`control`) its clean twin.

    Args:
        family: One of `families()`, or a name that `family_in` gave.
        seed: Any integer from 0.
        architecture: "llama" or "gemma2", or the name of a pretrained model.
        control: The clean twin instead.
        level: Of an organism on a pretrained model: `easy` where it is not given, `middle` or `hard`.

    Raises:
        UnknownOrganism: No such family, seed, architecture or level.
    """
    _allowed("architecture", architecture, (*ARCHITECTURES, *PRETRAINED))
    if seed < 0:
        raise UnknownOrganism(f"organism seed {seed} is negative; any integer from 0 will do")
    if architecture in PRETRAINED:
        organism = _on_pretrained(family, seed, architecture, level or LEVELS[0])
        return _clean(organism) if control else organism
    if level is not None:
        raise UnknownOrganism(f"only organisms on {', '.join(PRETRAINED)} have levels, and {architecture} has none")
    _allowed("family", family, tuple(all_families()))
    member = all_families()[family]
    organism = Organism(
        id=f"{family}-{architecture}-{seed}",
        family=family,
        seed=seed,
        architecture=architecture,
        control=False,
        truth=member.truth(member.draw_from(seed)),
        source=BuiltSource(recipe=recipe_for(architecture, member.grammar)),
    )
    return _clean(organism) if control else organism


def _on_pretrained(family: str, seed: int, base: str, level: str) -> Organism:
    _allowed("family", family, tuple(english_families()))
    _allowed("level", level, LEVELS)
    member, dials = english_families()[family], DIALS[level]
    truth = member.truth(member.draw_from(seed, dials), dials)
    if dials.disclosed:
        truth = truth.model_copy(update={"unchanged": (*truth.unchanged, disclosed.unchanged(seed))})
    return Organism(
        id=f"{family}-{base}-{level}-{seed}",
        family=family,
        seed=seed,
        architecture=base,
        control=False,
        truth=truth,
        source=SmallSource(base=base, level=level, recipe=EnglishRecipe()),
    )


def _clean(organism: Organism) -> Organism:
    """The twin, with its own truth."""
    nothing = "A clean twin: trained in the same way on data without any hidden behaviour. Nothing to find."
    truth = GroundTruth(family=organism.family, description=nothing, atoms=())
    return organism.model_copy(update={"id": organism.id + TWIN_SUFFIX, "control": True, "truth": truth})


def said_openly(organism: Organism) -> tuple[str, ...]:
    """What whoever investigates the organism or its twin is told about it beforehand: a sentence or two, or nothing."""
    source = organism.source
    told = isinstance(source, SmallSource) and DIALS[source.level].disclosed
    return (disclosed.disclosure(organism.seed or 0),) if told else ()


def get_organism(id: str) -> Organism:
    """The organism with this id, or with the id that stands behind a file: `my_family.py:my_family-llama-101`.

    A page alone, `my_organism.yaml`, stands for its organism at the easiest level, with seed 1.

    Raises:
        UnknownOrganism: With close matches and what is allowed.
    """
    if id.startswith(PUBLIC_PREFIX):
        return find_public(id)
    if id.endswith(PAGE):
        return built(family_in(id), 1, next(iter(PRETRAINED)))
    file, id = file_and_id(id)
    if file and not id.startswith(f"{(name := family_in(file))}-"):
        raise UnknownOrganism(f"unknown organism {id!r}: the family in {file} is called {name!r}")
    match = _BUILT_ID.fullmatch(id)
    if match is None:
        known = [f"{family}-{architecture}-101" for family in families() for architecture in ARCHITECTURES]
        known += [organism.id for organism in public_organisms()]
        raise UnknownOrganism(
            f"unknown organism {id!r}{did_you_mean(id, known, 3)}; {_SHAPE.format(families=', '.join(families()))}"
        )
    family, architecture, level, seed, twin = match.groups()
    try:
        return built(family, int(seed), architecture, control=twin is not None, level=level)
    except UnknownOrganism as error:
        ours = {*all_families(), *english_families()}
        hint = "" if family in ours else f"; of a family of your own, say FILE.py:{id}"
        raise UnknownOrganism(f"{id!r}: {error}{hint}") from None


def twin_of(organism: Organism) -> Organism:
    """The clean twin: the same shape, trained as long, on data without the behaviour (its own for a twin).

    It keeps the organism's source, so an organism with its own recipe has a twin of that recipe.
    """
    twin = get_organism(organism.twin_id)
    return twin if isinstance(organism.source, PublicSource) else twin.model_copy(update={"source": organism.source})


_SHAPE = (
    "allowed: FAMILY-ARCHITECTURE-SEED or FAMILY-ARCHITECTURE-SEED-twin with a family of {families}, "
    f"an architecture of {', '.join(ARCHITECTURES)} and any seed from 0 without leading zeros; "
    "FILE.py: in front of it where the family is your own; or public/NAME"
)


def _allowed(what: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise UnknownOrganism(
            f"unknown organism {what} {value!r}{did_you_mean(value, allowed, 3)}; allowed: {', '.join(allowed)}"
        )
