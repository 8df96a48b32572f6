"""Skills by name or by path: a skill is a folder with a `SKILL.md`."""

import os
from collections.abc import Iterable
from pathlib import Path

from seer_evals.lab.skills._read import read_skill
from seer_evals.lab.skills._skill import ReadSkill
from seer_evals.near import did_you_mean

SKILLS = Path(__file__).parents[2] / "skills"


def available_skills() -> tuple[str, ...]:
    """Names of the skills that come with the package."""
    return tuple(sorted(path.parent.name for path in SKILLS.glob("*/SKILL.md")))


def find_skills(names: str | Iterable[str] | None) -> list[ReadSkill]:
    """Read skills, each given by name or by the path of its folder; a string may list several, separated by commas.

    Names have hyphens, as the skill format wants it; underscores are taken for them.

    Raises:
        ValueError: No skill has that name, or it is malformed; the message says what to do.
    """
    listed = names.split(",") if isinstance(names, str) else list(names or ())
    return [read_skill(find_folder(name.strip())) for name in listed if name.strip()]


def find_folder(name: str) -> Path:
    """The folder of a skill by name or path.

    Raises:
        ValueError: There is none; the message lists the names that exist.
    """
    # Inspect goes to the task's folder while it makes the task; the user meant the one that they are in.
    here = Path(os.environ.get("PWD", "."))
    path = Path(name).expanduser()
    ours = [] if "/" in name else [SKILLS / name.replace("_", "-")]
    for folder in (*ours, here / path, path):
        if (folder / "SKILL.md").is_file():
            return folder.resolve()
    hint = did_you_mean(name.replace("_", "-"), available_skills())
    raise ValueError(
        f"unknown skill {name!r}{hint} "
        f"(available: {', '.join(available_skills())}, or the path of a folder with a SKILL.md)"
    )
