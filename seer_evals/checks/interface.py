"""An interface in a file: the functions by which an agent reaches what is in a scoped sandbox."""

from pathlib import Path

from seer_evals.checks._sources import file_of
from seer_evals.lab.skills.check import module_problems


def check_interface(path: Path) -> list[str]:
    """What is wrong, each in a line that says what to do; nothing if a scoped sandbox can serve it.

    Nothing of it is run: it is read as the host reads it.
    """
    return list(file_of(path)) or [str(problem) for problem in module_problems(path, path.name)]
