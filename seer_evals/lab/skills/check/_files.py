"""Files that would silently not be handed over."""

from collections.abc import Iterator
from pathlib import Path

from seer_evals.problem import Problem

HANDED_OVER = ("scripts", "references", "assets")
CACHES = {"__pycache__", ".DS_Store", ".git", ".mypy_cache", ".ruff_cache", ".pytest_cache"}
"""What tools leave behind; nobody misses it."""


def file_problems(folder: Path) -> Iterator[Problem]:
    """Everything beside SKILL.md, scripts/, references/ and assets/, and what is hidden in them."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_dir() or CACHES & set(parts) or parts == ("SKILL.md",):
            continue
        name = "/".join(parts)
        if parts[0] not in HANDED_OVER:
            yield Problem(name, f"is not handed to the agent; move it into {', '.join(f'{d}/' for d in HANDED_OVER)}")
        elif any(part.startswith((".", "_")) for part in parts):
            yield Problem(name, "is not handed to the agent, since its name begins with a dot or underscore; rename it")
