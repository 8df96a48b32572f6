"""From a folder to a `ReadSkill`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inspect_ai.tool import Skill, read_skills

from seer_evals.inspect_private import SkillParsingError
from seer_evals.lab.functions import FunctionError, describe
from seer_evals.lab.skills._needs import parse_needs, parse_packages
from seer_evals.lab.skills._skill import Module, ReadSkill


def read_skill(folder: Path) -> ReadSkill:
    """Read a skill's front matter and the signatures in its scripts.

    Raises:
        ValueError: Something in the folder is not as it must be; `seer skill check` lists all that is not.
    """
    try:
        (skill,) = read_skills([folder])
        metadata: Mapping[str, Any] = skill.metadata or {}
        return ReadSkill(
            skill=skill,
            folder=folder.absolute(),
            modules=tuple(_modules(skill, folder.absolute())),
            needs=parse_needs(metadata.get("needs", "")),
            packages=parse_packages(metadata.get("packages", "")),
        )
    except (SkillParsingError, FunctionError, ValueError) as error:
        advice = f"run `seer skill check {folder}` for all that is to mend"
        raise ValueError(f"the skill in {folder.name!r} cannot be used: {error} ({advice})") from error


def _modules(skill: Skill, folder: Path) -> list[Module]:
    paths = [folder / "scripts" / name for name in sorted(skill.scripts) if is_module(name)]
    return [Module(path.stem, path, tuple(describe(path))) for path in paths]


def is_module(name: str) -> bool:
    """A file below `scripts/` that is imported by its own name: neither in a folder nor of another kind."""
    return name.endswith(".py") and "/" not in name
