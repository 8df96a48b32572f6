"""Skills by name or by path: a skill is a folder with a `SKILL.md`."""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from inspect_ai.tool import Skill, read_skills

SKILLS = Path(__file__).parent.parent / "skills"


def available_skills() -> tuple[str, ...]:
    """Names of the skills that come with the package."""
    return tuple(sorted(path.parent.name for path in SKILLS.glob("*/SKILL.md")))


def find_skills(names: str | Iterable[str]) -> list[Skill]:
    """Read skills, each given by name or by the path of its folder; a string may list several, separated by commas.

    Names have hyphens, as the skill format wants it; underscores are taken for them.

    Raises:
        ValueError: No skill has that name; the message lists those that exist.
    """
    listed = names.split(",") if isinstance(names, str) else list(names)
    return read_skills([_folder(name.strip()) for name in listed if name.strip()])


def _folder(name: str) -> Path:
    for folder in (SKILLS / name.replace("_", "-"), Path(name).expanduser()):
        if (folder / "SKILL.md").is_file():
            return folder
    close = get_close_matches(name, available_skills(), n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    raise ValueError(
        f"unknown skill {name!r}{hint} "
        f"(available: {', '.join(available_skills())}, or the path of a folder with a SKILL.md)"
    )
