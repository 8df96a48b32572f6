"""Skills by name or by path: a skill is a folder with a `SKILL.md`."""

from collections.abc import Iterable
from pathlib import Path

from seer_evals import by_path
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
    ours = SKILLS / name.replace("_", "-")
    if "/" not in name and _is_skill(ours):
        return ours.resolve()
    if found := by_path.given(name, _is_skill):
        return found
    hint = did_you_mean(name.replace("_", "-"), available_skills())
    raise ValueError(
        f"unknown skill {name!r}{hint} "
        f"(available: {', '.join(available_skills())}, or the path of a folder with a SKILL.md)"
    )


def _is_skill(folder: Path) -> bool:
    return (folder / "SKILL.md").is_file()
