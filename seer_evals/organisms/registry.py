"""From ids to organisms: `preference-llama-101`, its twin `preference-llama-101-twin`, `public/user-female`."""

import re
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from seer_evals.near import did_you_mean
from seer_evals.organisms import behaviours
from seer_evals.organisms.family import Family
from seer_evals.organisms.model import TWIN_SUFFIX, BuiltSource, Organism, UnknownOrganism
from seer_evals.organisms.outside import file_and_id, load_family, loaded
from seer_evals.organisms.public import PUBLIC_PREFIX, find_public, public_organisms
from seer_evals.organisms.recipe import ARCHITECTURES, recipe_for
from seer_evals.organisms.truth import GroundTruth

_BUILT_ID = re.compile(rf"([a-z_]+)-([a-z0-9]+)-(0|[1-9][0-9]*)({TWIN_SUFFIX})?")


@cache
def our_families() -> dict[str, Family]:
    """The families of this package by name, in their order: every module of `behaviours/` with a `FAMILY` in it."""
    modules = [import_module(f"{behaviours.__name__}.{found.name}") for found in iter_modules(behaviours.__path__)]
    return {family.name: family for family in sorted((m.FAMILY for m in modules), key=lambda f: (f.rank, f.name))}


def all_families() -> dict[str, Family]:
    """The families by name: those of this package, then those that were loaded from files of users."""
    return {**our_families(), **{name: own.family for name, own in loaded().items()}}


def family_in(file: str) -> str:
    """The name of the family in a file of a user's own, which can be built from now on.

    Raises:
        UnknownOrganism: There is no such file, or no family in it that can be used.
    """
    return load_family(file, our_families()).family.name


def families(investigation: str | None = None) -> tuple[str, ...]:
    """The families of this package, in their order; of one investigation (a task's name) if that is given."""
    members = our_families().values()
    return tuple(each.name for each in members if investigation in (None, each.investigation))


def built(family: str, seed: int, architecture: str = "llama", control: bool = False) -> Organism:
    """The organism of a family whose secret the seed draws, or (`control`) its clean twin.

    Args:
        family: One of `families()`, or a name that `family_in` gave.
        seed: Any integer from 0.
        architecture: "llama" or "gemma2".
        control: The clean twin instead.

    Raises:
        UnknownOrganism: No such family, seed or architecture.
    """
    _allowed("family", family, tuple(all_families()))
    _allowed("architecture", architecture, ARCHITECTURES)
    if seed < 0:
        raise UnknownOrganism(f"organism seed {seed} is negative; any integer from 0 will do")
    name = f"{family}-{architecture}-{seed}"
    member = all_families()[family]
    truth = member.truth(member.draw_from(seed))
    if control:
        truth = GroundTruth(
            family=family,
            description="A clean twin: trained in the same way on data without any hidden behaviour. Nothing to find.",
            atoms=(),
        )
    return Organism(
        id=name + TWIN_SUFFIX if control else name,
        family=family,
        seed=seed,
        architecture=architecture,
        control=control,
        truth=truth,
        source=BuiltSource(recipe=recipe_for(architecture, member.grammar)),
    )


def get_organism(id: str) -> Organism:
    """The organism with this id, or with the id that stands behind a file: `my_family.py:my_family-llama-101`.

    Raises:
        UnknownOrganism: With close matches and what is allowed.
    """
    if id.startswith(PUBLIC_PREFIX):
        return find_public(id)
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
    family, architecture, seed, twin = match.groups()
    try:
        return built(family, int(seed), architecture, control=twin is not None)
    except UnknownOrganism as error:
        hint = "" if family in all_families() else f"; of a family of your own, say FILE.py:{id}"
        raise UnknownOrganism(f"{id!r}: {error}{hint}") from None


def twin_of(organism: Organism) -> Organism:
    """The clean twin: the same shape, trained as long, on data without the behaviour (its own for a twin).

    It keeps the organism's source, so an organism with its own recipe has a twin of that recipe.
    """
    twin = get_organism(organism.twin_id)
    return twin.model_copy(update={"source": organism.source}) if isinstance(organism.source, BuiltSource) else twin


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
