"""A new seed that already passes its check."""

import re
from pathlib import Path

from seer_evals.audits._seeds import available_seeds

TEMPLATE = Path(__file__).parent / "templates" / "seed.md"


def new_seed(name: str, into: Path) -> Path:
    """Write a seed to be changed into what is wanted.

    Args:
        name: With hyphens; it becomes the id and the file's name.
        into: The folder for the file; made if it is not there.

    Raises:
        ValueError: The name is not one that a seed can have, or it is taken.
    """
    path = into / f"{name}.md"
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise ValueError(f"{name!r} cannot be a seed's name: lower-case letters, digits and hyphens, such as 'my-seed'")
    if name in available_seeds():
        raise ValueError(f"{name!r} is a seed that comes with the package; choose another name")
    if path.exists():
        raise ValueError(f"{path} is there already; choose another name, or remove it")
    text = TEMPLATE.read_text(encoding="utf-8")
    into.mkdir(parents=True, exist_ok=True)
    path.write_text(
        text.replace("{name}", name).replace("{title}", name.replace("-", " ").capitalize()), encoding="utf-8"
    )
    return path
