"""A skill as we see it: Inspect's `Skill`, the functions in its scripts, and what it needs."""

from dataclasses import dataclass
from pathlib import Path

from inspect_ai.tool import Skill

from seer_evals.lab.functions import Function


@dataclass(frozen=True)
class Module:
    """One importable file of a skill: `scripts/<name>.py`."""

    name: str
    path: Path
    functions: tuple[Function, ...]
    """Its `@expose` functions; none if it only helps the others."""


@dataclass(frozen=True)
class ReadSkill:
    """A skill folder that was read and understood; nothing in it was run."""

    skill: Skill
    folder: Path
    modules: tuple[Module, ...]
    needs: tuple[str, ...]
    """Of `weights`, `adapter`, `base-model` and `api`: what there must be to work on."""
    packages: tuple[str, ...]
    """Python packages that its scripts import, as pip requirements."""

    @property
    def name(self) -> str:
        """With hyphens; also the folder's name."""
        return self.skill.name

    @property
    def functions(self) -> tuple[Function, ...]:
        """The exposed functions of all its modules."""
        return tuple(function for module in self.modules for function in module.functions)

    @property
    def scripts(self) -> dict[str, Path]:
        """The files below `scripts/` that are handed over, by their path there."""
        return {name: self.folder / "scripts" / name for name in sorted(self.skill.scripts)}
