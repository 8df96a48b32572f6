"""Builds an organism: `python -m seer_evals.organisms.building.build ID [--recipe JSON]`.

Run as a process of its own, so that whoever asks for an organism need not import torch.
"""

import argparse
import sys
from pathlib import Path

from seer_evals.organisms.building.adapter import build_adapter
from seer_evals.organisms.building.base import build_base
from seer_evals.organisms.building.entries import ADAPTER, MODEL, RECORD, Record, adapter_key, base_key, recipe_of
from seer_evals.organisms.building.self_check import run_check
from seer_evals.organisms.cache import cached
from seer_evals.organisms.model import BuiltSource, Organism
from seer_evals.organisms.recipe import Recipe
from seer_evals.organisms.registry import all_families, get_organism, twin_of


def build_organism(organism: Organism) -> Path:
    """The organism's cache entry, made if need be, with its base and the twin that it is compared with."""
    recipe = recipe_of(organism)
    base = cached(
        "base",
        base_key(organism.architecture, recipe),
        lambda part: build_base(part / MODEL, organism.architecture, recipe),
    )
    twin = None if organism.control else build_organism(twin_of(organism)) / ADAPTER
    return cached("adapter", adapter_key(organism), lambda part: _make(part, organism, base / MODEL, twin))


def _make(part: Path, organism: Organism, base: Path, twin: Path | None) -> None:
    """Trains, checks and, where the check fails, trains once more for longer; the second outcome stands."""
    recipe, family = recipe_of(organism), all_families()[organism.family]
    # Once more, not until it passes: an organism that was chosen for its check would no longer be measured by it.
    for factor in dict.fromkeys((1.0, recipe.retry_factor)):
        build_adapter(part / ADAPTER, organism, family, base, recipe, factor)
        check = run_check(organism, family, recipe, base, part / ADAPTER, twin)
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
