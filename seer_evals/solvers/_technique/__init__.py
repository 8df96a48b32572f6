"""Techniques that can be run alone: each file here with a `TECHNIQUE` in it is one."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from seer_evals.solvers._technique.technique import Technique, in_notebook

__all__ = ["Technique", "find_technique", "in_notebook", "techniques"]


@cache
def techniques() -> dict[str, Technique]:
    """All techniques by name, in the order of their names."""
    modules = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]
    found = [module.TECHNIQUE for module in modules if hasattr(module, "TECHNIQUE")]
    return {technique.name: technique for technique in sorted(found, key=lambda each: each.name)}


def find_technique(name: str) -> Technique:
    """The technique of that name.

    Raises:
        ValueError: There is none; the message lists what there is.
    """
    if name not in techniques():
        raise ValueError(f"unknown technique {name!r}; available: {', '.join(techniques())}")
    return techniques()[name]
