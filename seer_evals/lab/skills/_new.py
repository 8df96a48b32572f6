"""A new skill that already works."""

from dataclasses import replace
from pathlib import Path

from seer_evals.lab.skills.names import LONGEST, reserved_modules
from seer_evals.new import HYPHENS, write_new

NAMING = replace(HYPHENS, example="my-skill")


def new_skill(name: str, into: Path) -> Path:
    """Write a skill folder with an example that runs, to be changed into what is wanted.

    Args:
        name: With hyphens; it becomes the folder's name.
        into: The directory in which the folder is made.

    Raises:
        ValueError: The name is not one that a skill can have, or the folder is there already.
    """
    NAMING.refuse("skill", name)
    module = name.replace("-", "_")
    if len(f"{module}_rate") > LONGEST:
        raise ValueError(f"{name!r} cannot be a skill's name: the tool made of it has {LONGEST} characters at most")
    if reason := reserved_modules().get(module):
        raise ValueError(f"{name!r} would make a module {module!r}, {reason}; choose another name")
    return write_new("skill", name, into, NAMING)[0]
