"""Families in files of a user's own, anywhere: `FILE.py:FAMILY-ARCHITECTURE-SEED` names an organism of one.

A page, `FILE.yaml`, is a family, too: of one organism, on a pretrained model.

Everywhere else its id is as short as any other, so that logs, weights and keys do not depend on where a file lies; what
another process has to find again (`address`) has the file.
"""

import re
from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path

from seer_evals import by_path
from seer_evals.organisms.english.family import EnglishFamily
from seer_evals.organisms.english.page import PageError, family_of
from seer_evals.organisms.family import Family
from seer_evals.organisms.model import Organism, UnknownOrganism

NAME = re.compile(r"[a-z]+(_[a-z]+)*")
"""Ids are taken apart at hyphens, and a digit would be read as a seed."""
PAGE = ".yaml"
ENDINGS = (".py", PAGE)
"""Of files with a family."""
_FILE = re.compile(r"(.+\.(?:py|yaml)):([^/:]+)", re.DOTALL)
_VARIABLE = "FAMILY"


@dataclass(frozen=True)
class Own:
    """A family, and the file that it is in."""

    family: Family | EnglishFamily
    path: Path

    @property
    def code(self) -> tuple[str, ...]:
        """Files that decide what is trained: its own, those beside it that it names, and what reads a page."""
        reader = ("english/page.py",) if self.path.suffix == PAGE else ()
        return (*reader, *(str(self.path.parent / name) for name in (self.path.name, *self.family.code)))


_loaded: dict[str, Own] = {}
"""By name; a file is loaded once in a process, and a name stands for one file."""


def loaded() -> dict[str, Own]:
    """The families that were loaded from files in this process, by name."""
    return dict(_loaded)


def load_family(file: str, taken: Container[str]) -> Own:
    """The family in a file.

    Args:
        file: As a user names it.
        taken: Names of the families of this package.

    Raises:
        UnknownOrganism: There is no such file, or no family in it that can be used.
    """
    path = by_path.given(file, Path.is_file)
    if path is None:
        raise UnknownOrganism(f"there is no file {file} with a family of organisms")
    family = _page(path) if path.suffix == PAGE else getattr(by_path.load(path), _VARIABLE, None)
    if not isinstance(family, Family | EnglishFamily):
        raise UnknownOrganism(f"{file} has no {_VARIABLE}, an instance of a seer_evals.organisms.Family")
    if not NAME.fullmatch(family.name):
        raise UnknownOrganism(f"{file}: a family cannot be called {family.name!r}; use lower-case letters and _")
    if family.name in taken:
        raise UnknownOrganism(f"{file}: {family.name!r} is a family of this package; choose another name")
    other = _loaded.get(family.name)
    if other and other.path != path:
        raise UnknownOrganism(f"two families are called {family.name!r}: {other.path} and {path}; rename one")
    return _loaded.setdefault(family.name, Own(family, path))


def _page(path: Path) -> EnglishFamily:
    try:
        return family_of(path)
    except PageError as error:
        raise UnknownOrganism(str(error)) from None


def file_and_id(id: str) -> tuple[str, str]:
    """The file that an id names, empty if it names none, and the id without it."""
    match = _FILE.fullmatch(id)
    return (match[1], match[2]) if match else ("", id)


def address(organism: Organism) -> str:
    """The id by which another process finds the organism, too."""
    own = _loaded.get(organism.family)
    return f"{own.path}:{organism.id}" if own else organism.id
