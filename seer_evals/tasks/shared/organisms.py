"""Which organisms a task runs on, from its parameters."""

from collections.abc import Iterator

from seer_evals.organisms import Organism, built, families, family_in, get_organism, public_organisms, twin_of
from seer_evals.organisms.outside import ENDINGS
from seer_evals.tasks.shared.lists import listed, seeds_of
from seer_evals.tasks.shared.study import CONTROL

BUILT, PUBLIC = "built", "public"
TINY = "llama"
"""Architecture of built organisms where no base is named."""
HIDDEN_PREFERENCE = "hidden_preference"
"""The investigation whose families are meant by `all` where nothing else is said."""


def select(
    organisms: str | list[str],
    chosen_families: str | list[str],
    seeds: int | str | list[int],
    investigation: str = HIDDEN_PREFERENCE,
    base: str = "",
    level: str = "",
) -> list[Organism]:
    """Choose organisms, without their twins.

    A question speaks of certain behaviours: that of `hidden_preference` of favours, beliefs, secrets and conditions.
    So `all` means the families of one investigation (`Family.investigation`), and a family made for another question
    takes part only where it is named.

    Args:
        organisms: `built` (also where it is empty), `public`, or ids.
        chosen_families: `all` (those of the investigation), or names of any families, or the files of a user's own.
            Built organisms take them in turn; public ones are filtered by them.
        seeds: One built organism for each.
        investigation: Name of the task whose families are meant by `all`.
        base: What built organisms are adapters of: a pretrained model, or by default a tiny model trained here.
        level: Of organisms on a pretrained model: `easy` where it is not given, `middle` or `hard`.

    Raises:
        ValueError: An unknown id, family, seed, base or level; the message names what is allowed.
    """
    names = listed(organisms) or [BUILT]
    base = base or TINY
    wanted = _families(chosen_families, investigation, base)
    if names == [BUILT]:
        each_seed = enumerate(seeds_of(seeds))
        return [built(wanted[i % len(wanted)], seed, base, level=level or None) for i, seed in each_seed]
    if names == [PUBLIC]:
        return [_pinned(each) for each in public_organisms() if each.family in wanted and not each.control]
    return [get_organism(name) for name in names]


def with_twins(name: str, family: str, seeds: int | str | list[int]) -> Iterator[tuple[int, str, Organism]]:
    """Built organisms of a family, each with its clean twin: the seed, the id of a study's sample, the organism."""
    for seed in seeds_of(seeds):
        organism = built(family, seed)
        yield seed, f"{name}-{seed}", organism
        yield seed, f"{name}-{seed}{CONTROL}", twin_of(organism)


def _pinned(organism: Organism) -> Organism:
    if "@" not in organism.id:
        raise ValueError("the public organisms are not pinned to commits yet: run `seer organisms pin` once")
    return organism


def _families(chosen: str | list[str], investigation: str, base: str) -> list[str]:
    wanted, ours = listed(chosen) or ["all"], families(architecture=base)
    if wanted == ["all"]:
        return list(families(investigation, base))
    if unknown := [family for family in wanted if family not in ours and not family.endswith(ENDINGS)]:
        known = f"all, {', '.join(ours)}, or the file of one of your own"
        raise ValueError(f"unknown family {', '.join(map(repr, unknown))}; available: {known}")
    return [family_in(family) if family.endswith(ENDINGS) else family for family in wanted]
