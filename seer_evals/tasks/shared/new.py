"""A new study that already runs."""

import keyword
import re
from pathlib import Path

TEMPLATES = Path(__file__).parent / "templates"


def new_study(name: str, into: Path) -> Path:
    """Write the folder of a study that runs as it is, to be changed into what is wanted.

    Args:
        name: With underscores; it becomes the names of the folder, of its file and of the task.
        into: The directory in which the folder is made.

    Raises:
        ValueError: No task can have this name, or the folder is there already.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) or keyword.iskeyword(name):
        raise ValueError(f"{name!r} cannot be a study's name: lower-case letters, digits and _, such as 'my_study'")
    folder = into / name
    if folder.exists():
        raise ValueError(f"{folder} is there already; choose another name, or remove it")
    words = {"name": name, "hyphens": name.replace("_", "-"), "title": name.replace("_", " ").capitalize()}
    for template in sorted(TEMPLATES.rglob("*.*")):
        path = folder / template.relative_to(TEMPLATES)
        path = path.with_name(f"{name}.py" if path.name == "task.py.txt" else path.name.removesuffix(".txt"))
        path.parent.mkdir(parents=True, exist_ok=True)
        text = template.read_text(encoding="utf-8")
        path.write_text(re.sub(r"\{(name|hyphens|title)\}", lambda match: words[match[1]], text), encoding="utf-8")
    return folder
