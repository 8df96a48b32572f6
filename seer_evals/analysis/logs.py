"""Finding and reading logs: the one place that says of a file that it is none."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from inspect_ai.log import EvalLog, list_eval_logs, read_eval_log

WANTED = "give .eval files, or directories that hold some"


class NoLog(ValueError):
    """A file is no log of an evaluation."""


def logs_at(path: str | Path) -> list[str]:
    """A file as it is, or the logs of a directory, the newest first; none if it is neither."""
    if Path(path).is_file():
        return [str(path)]
    return [log.name for log in list_eval_logs(str(path))] if Path(path).is_dir() else []


def read_log(location: str, **options: Any) -> EvalLog:
    """A log.

    Args:
        location: As `logs_at` gives it.
        options: For Inspect's `read_eval_log`.

    Raises:
        NoLog: It is none.
    """
    with reading(location):
        return read_eval_log(location, **options)


@contextmanager
def reading(location: str) -> Iterator[None]:
    """Inspect reads a log inside; whatever it makes of a file that is none becomes one line.

    Raises:
        NoLog: It is none.
    """
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError, NotImplementedError, EOFError) as error:
        raise NoLog(f"{location.removeprefix('file://')} is no log of an evaluation: {WANTED}") from error
