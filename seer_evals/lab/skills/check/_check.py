"""All checks of a skill, one after the other."""

from pathlib import Path

from seer_evals.lab.skills.check._example import example_problems
from seer_evals.lab.skills.check._files import file_problems
from seer_evals.lab.skills.check._front_matter import front_matter_problems
from seer_evals.lab.skills.check._scripts import script_problems
from seer_evals.problem import Problem


def check_skill(folder: Path) -> list[Problem]:
    """Everything that is wrong with the skill in a folder; an empty list if it can be used in every form.

    Nothing of the skill is run.
    """
    page = folder / "SKILL.md"
    if not page.is_file():
        return [Problem("SKILL.md", f"is not in {folder}; begin a skill with `seer skill new NAME`")]
    text = page.read_text(encoding="utf-8", errors="replace")
    return [
        *front_matter_problems(folder, text),
        *example_problems(folder, text),
        *script_problems(folder),
        *file_problems(folder),
    ]
