"""Organisms that come with the package, so that a first run trains nothing.

They are the bytes that the tested set of libraries trains; whoever has other libraries is given them as well. A recipe
or code that would make others has other keys, under which there is nothing here. What trains them anew:

    python -m seer_evals.organisms.building.prebuilt [ID ...]
"""

import shutil
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from seer_evals.cache import cached, content_key, entry_path, recipe_key
from seer_evals.organisms.building.build import build_organism
from seer_evals.organisms.building.entries import adapter_key, base_key, recipe_of
from seer_evals.organisms.model import TWIN_SUFFIX, BuiltSource, Organism
from seer_evals.organisms.registry import built, get_organism, twin_of

PREBUILT = Path(__file__).parents[1] / "prebuilt"
WITH_TWINS = {
    "preference": (101,),
    "user_belief": (102,),
    "secret_word": (101, 103),
    "backdoor": (104,),
    "censored": (101,),
}
"""Family -> seeds: those of `make demo`, and two more that tests look into."""
ON_PRETRAINED = (
    "preference-smollm2-easy-101",
    "secret_word-smollm2-easy-103",
)
"""Ids of organisms on pretrained models: that of `make demo-small`, and one that its word is hidden in."""


def unpack(organism: Organism) -> None:
    """Copy what there is of an organism, base or adapter, into the cache."""
    for kind, shipped, key in _entries(organism):
        if (PREBUILT / kind / shipped).is_dir():
            cached(kind, key, partial(_copy, PREBUILT / kind / shipped))


def shipped_organisms() -> Iterator[Organism]:
    """All that should be here with their adapters."""
    tiny = (built(family, seed) for family, seeds in WITH_TWINS.items() for seed in seeds)
    for organism in (*tiny, *map(get_organism, ON_PRETRAINED)):
        yield organism
        yield twin_of(organism)


def shipped_entries() -> Iterator[tuple[str, str, str]]:
    """Kind, name below `PREBUILT` and key in the cache of all that should be here."""
    for organism in shipped_organisms():
        yield from _entries(organism)


def _entries(organism: Organism) -> Iterator[tuple[str, str, str]]:
    if isinstance(organism.source, BuiltSource):
        recipe = recipe_of(organism)
        shipped, kept = (base_key(organism.architecture, recipe, key) for key in (recipe_key, content_key))
        yield "base", shipped, kept
    yield "adapter", adapter_key(organism, recipe_key), adapter_key(organism)


def _copy(found: Path, into: Path) -> None:
    shutil.copytree(found, into, dirs_exist_ok=True, copy_function=shutil.copyfile)


def main() -> None:
    """Trains what should be here, if the cache has it not, and writes it here in the place of what there was."""
    named = sys.argv[1:]
    chosen = [each for each in shipped_organisms() if not named or each.id.removesuffix(TWIN_SUFFIX) in named]
    for organism in chosen:
        build_organism(organism)
    for kind, shipped, key in dict.fromkeys(entry for organism in chosen for entry in _entries(organism)):
        shutil.rmtree(PREBUILT / kind / shipped, ignore_errors=True)
        _copy(entry_path(kind, key), PREBUILT / kind / shipped)
    wanted = {PREBUILT / kind / shipped for kind, shipped, _ in shipped_entries()}
    for left in set(PREBUILT.glob("*/*")) - wanted:
        shutil.rmtree(left)


if __name__ == "__main__":
    main()
