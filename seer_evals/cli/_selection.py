"""What `seer seeds` and `seer dimensions` share."""

import argparse
from collections.abc import Callable, Sequence

from seer_evals.cli._console import say


def add_selection(
    parser: argparse.ArgumentParser, default: str | None, run: Callable[[argparse.Namespace], int | None]
) -> None:
    """Take a selection, and run this on it; without a default one must be given."""
    parser.add_argument(
        "selection",
        nargs="*" if default else "+",
        metavar="ID|tag:TAG|FILE|FOLDER|all",
        default=[default],
        help="which; several are possible",
    )
    parser.set_defaults(run=run)


def print_problems(problems: Sequence[object]) -> int:
    """Print them all; the exit code."""
    for problem in problems:
        say(problem)
    if not problems:
        say("nothing to mend")
    return 1 if problems else 0
