"""New seeds and dimensions that already pass their check."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from seer_evals.audits._dimensions import available_dimensions
from seer_evals.audits._seeds import available_seeds
from seer_evals.new import HYPHENS, UNDERSCORES, Naming, write_new


def new_seed(name: str, into: Path) -> Path:
    """Write a seed to be changed into what is wanted, under a name with hyphens: see `new_entry`."""
    return new_entry("seed", name, into, replace(HYPHENS, example="my-seed"), available_seeds())


def new_dimension(name: str, into: Path) -> Path:
    """Write a dimension to be changed into what is wanted, under a name with underscores: see `new_entry`."""
    return new_entry("dimension", name, into, replace(UNDERSCORES, example="my_dimension"), available_dimensions())


def new_entry(kind: str, name: str, into: Path, naming: Naming, taken: Iterable[str]) -> Path:
    """Write one to be changed into what is wanted.

    Args:
        kind: `seed` or `dimension`.
        name: It becomes the id and the file's name.
        into: The folder for the file; made if it is not there.
        naming: Names that it can have.
        taken: Names of those that come with the package.

    Raises:
        ValueError: The name is not one that it can have, or it is taken.
    """
    if name in taken:
        raise ValueError(f"{name!r} is a {kind} that comes with the package; choose another name")
    return write_new(kind, name, into, naming)[0]
