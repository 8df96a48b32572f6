"""What is installed into an image: what loads models and runs notebooks, in the versions of this machine."""

import importlib.metadata
import sys
from functools import cache

from packaging.requirements import Requirement
from packaging.version import Version

from seer_evals.environment import Environment

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
"""Where the environment names none: what is installed here is known to exist for it."""
SYSTEM = ("git", "procps", "curl")
_EXTRA = "local"


def requirements(environment: Environment, *more: str) -> tuple[str, ...]:
    """Pip requirements: the laboratory's own libraries, then `more`, then the environment's packages.

    A library that this machine has is installed in the same version, so that a model that was trained or measured here
    behaves alike there; of one that it lacks, this package's range holds. What the environment names is as it says.
    """
    named = {Requirement(text).name for text in environment.packages}
    own = [requirement for requirement in _own() if requirement.name not in named]
    return (*(_pinned(requirement) for requirement in own), *more, *environment.packages)


@cache
def _own() -> tuple[Requirement, ...]:
    # Once, since markers are parsed by `ast`, which fails in Python 3.11 while another thread is parsing, too.
    found = [Requirement(text) for text in importlib.metadata.requires("seer_evals") or ()]
    return tuple(each for each in found if each.marker is not None and each.marker.evaluate({"extra": _EXTRA}))


def _pinned(requirement: Requirement) -> str:
    try:
        # Without the local part: `2.8.0+cpu` is a build that the index of another machine need not have.
        return f"{requirement.name}=={Version(importlib.metadata.version(requirement.name)).public}"
    except importlib.metadata.PackageNotFoundError:
        return f"{requirement.name}{requirement.specifier}"
