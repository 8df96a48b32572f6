"""A new study that already runs."""

from dataclasses import replace
from pathlib import Path

from seer_evals.new import UNDERSCORES, write_new


def new_study(name: str, into: Path) -> Path:
    """Write the folder of a study that runs as it is, to be changed into what is wanted.

    Args:
        name: With underscores; it becomes the names of the folder, of its file and of the task.
        into: The directory in which the folder is made.

    Raises:
        ValueError: No task can have this name, or the folder is there already.
    """
    return write_new("study", name, into, replace(UNDERSCORES, example="my_study"))[0]
