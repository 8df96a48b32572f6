"""Techniques that can be run alone: a file with a `TECHNIQUE` in it, here, beside a study, or anywhere by its path."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from seer_evals import by_path
from seer_evals.solvers._technique.technique import Technique, in_notebook, report_of

__all__ = ["Technique", "find_technique", "in_notebook", "report_of", "techniques"]

FOLDERS = (Path(__file__).parent, *sorted(path for path in (by_path.PACKAGE / "tasks").iterdir() if path.is_dir()))


@cache
def techniques() -> dict[str, Technique]:
    """All techniques of this package by name, in the order of their names."""
    return {each.name: each for each in sorted(map(_in_file, _files()), key=lambda each: each.name)}


def _files() -> Iterator[Path]:
    """Files with a technique in them. They are read first: what else a study has may be slow to import."""
    for folder in FOLDERS:
        for path in sorted(folder.glob("*.py")):
            if "\nTECHNIQUE = " in path.read_text(encoding="utf-8"):
                yield path


def _in_file(path: Path) -> Technique:
    module = by_path.load(path)
    if not isinstance(found := getattr(module, "TECHNIQUE", None), Technique):
        raise ValueError(f"{path} has no TECHNIQUE in it, made by `in_notebook`")
    return found


def find_technique(name: str) -> Technique:
    """The technique of that name, or in that file (`./my_study/baseline.py`).

    Raises:
        ValueError: There is none; the message lists what there is.
    """
    if name.endswith(".py"):
        if not (path := by_path.given(name, Path.is_file)):
            raise ValueError(f"no file {name} with a technique")
        return _in_file(path)
    if name not in techniques():
        raise ValueError(f"unknown technique {name!r}; available: {', '.join(techniques())}, or the path of a file")
    return techniques()[name]
