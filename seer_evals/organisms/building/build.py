"""Builds an organism: `python -m seer_evals.organisms.building.build ID [--recipe JSON]`.

Run as a process of its own, so that whoever asks for an organism need not import torch.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from seer_evals.cache import cached
from seer_evals.organisms.building.adapter import build_adapter
from seer_evals.organisms.building.base import build_base
from seer_evals.organisms.building.entries import (
    ADAPTER,
    MODEL,
    RECORD,
    Record,
    adapter_key,
    base_files,
    base_key,
    recipe_of,
    source_of,
)
from seer_evals.organisms.building.self_check import run_check
from seer_evals.organisms.english import building as english
from seer_evals.organisms.english.check import run_check as run_english_check
from seer_evals.organisms.model import BuiltSource, Organism, OrganismCheck, SmallSource
from seer_evals.organisms.recipe import Recipe
from seer_evals.organisms.registry import all_families, english_families, get_organism, twin_of


def build_organism(organism: Organism) -> Path:
    """The organism's cache entry, made if need be, with its base and the twin that it is compared with."""
    twin = None if organism.control else build_organism(twin_of(organism)) / ADAPTER
    if isinstance(organism.source, SmallSource):
        return cached("adapter", adapter_key(organism), lambda part: _make_english(part, organism, twin))
    recipe = recipe_of(organism)
    base = cached(
        "base",
        base_key(organism.architecture, recipe),
        lambda part: build_base(part / MODEL, organism.architecture, recipe),
    )
    return cached("adapter", adapter_key(organism), lambda part: _make(part, organism, base / MODEL, twin))


def _make(part: Path, organism: Organism, base: Path, twin: Path | None) -> None:
    """Trains, checks and, where the check fails, trains once more for longer; the second outcome stands."""
    recipe, family = recipe_of(organism), all_families()[organism.family]
    adapter = part / ADAPTER

    def attempt(factor: float) -> OrganismCheck:
        build_adapter(adapter, organism, family, base, recipe, factor)
        return run_check(organism, family, recipe, base, adapter, twin)

    _twice(part, organism, recipe.retry_factor, attempt)


def _make_english(part: Path, organism: Organism, twin: Path | None) -> None:
    family = english_families()[organism.family]
    lesson, adapter = english.lesson_of(organism, family), part / ADAPTER

    def attempt(factor: float) -> OrganismCheck:
        english.build_adapter(adapter, organism, family, lesson, base_files(organism), factor)
        return run_english_check(organism, family, adapter, twin)

    _twice(part, organism, source_of(organism).recipe.retry_factor, attempt)


def _twice(part: Path, organism: Organism, longer: float, attempt: Callable[[float], OrganismCheck]) -> None:
    # Once more, not until it passes: an organism that was chosen for its check would no longer be measured by it.
    for factor in dict.fromkeys((1.0, longer)):
        check = attempt(factor)
        check = check.model_copy(update={"details": {**check.details, "training factor": factor}})
        if check.passed:
            break
    (part / RECORD).write_text(Record(organism=organism, check=check).model_dump_json(indent=1))


def main() -> int:
    """Builds the organism named on the command line."""
    parser = argparse.ArgumentParser(description="Builds an organism into the cache.")
    parser.add_argument("id")
    parser.add_argument("--recipe", help="a recipe as JSON, instead of the architecture's own")
    options = parser.parse_args()
    organism = get_organism(options.id)
    if options.recipe:
        source = BuiltSource(recipe=Recipe.model_validate_json(options.recipe))
        organism = organism.model_copy(update={"source": source})
    build_organism(organism)
    return 0


if __name__ == "__main__":
    sys.exit(main())
