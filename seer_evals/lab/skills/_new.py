"""A new skill that already works."""

import re
from pathlib import Path

from seer_evals.lab.skills.names import LONGEST, reserved_modules

TEMPLATES = Path(__file__).parent / "templates"


def new_skill(name: str, into: Path) -> Path:
    """Write a skill folder with an example that runs, to be changed into what is wanted.

    Args:
        name: With hyphens; it becomes the folder's name.
        into: The directory in which the folder is made.

    Raises:
        ValueError: The name is not one that a skill can have, or the folder is there already.
    """
    module = name.replace("-", "_")
    _check(name, module)
    folder = into / name
    if folder.exists():
        raise ValueError(f"{folder} is there already; choose another name, or remove it")
    title = name.replace("-", " ").capitalize()
    for template, target in (("skill.md", "SKILL.md"), ("module.py.txt", f"scripts/{module}.py")):
        path = folder / target
        path.parent.mkdir(parents=True, exist_ok=True)
        text = (TEMPLATES / template).read_text(encoding="utf-8")
        path.write_text(_fill(text, name=name, module=module, title=title), encoding="utf-8")
    return folder


def _fill(text: str, **words: str) -> str:
    return re.sub(r"\{(name|module|title)\}", lambda match: words[match[1]], text)


def _check(name: str, module: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name) or len(f"{module}_rate") > LONGEST:
        raise ValueError(
            f"{name!r} cannot be a skill's name: lower-case letters, digits and hyphens, such as 'my-skill'"
        )
    if reason := reserved_modules().get(module):
        raise ValueError(f"{name!r} would make a module {module!r}, {reason}; choose another name")
