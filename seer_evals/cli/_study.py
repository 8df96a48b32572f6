"""`seer study`."""

import argparse
import os
from pathlib import Path

from seer_evals.cli._console import say
from seer_evals.cli._selection import print_problems


def add(parser: argparse.ArgumentParser) -> None:
    """Add the commands."""
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    new = commands.add_parser("new", help="write a study that runs, to be changed")
    new.add_argument("name", metavar="NAME", help="such as my_study")
    new.add_argument("--into", metavar="DIR", default=".", help="where to make its folder (default: here)")
    new.set_defaults(run=_new)
    check = commands.add_parser("check", help="everything that is wrong with a study, and what to do")
    check.add_argument("study", metavar="FOLDER", help="its folder")
    check.set_defaults(run=_check)


def _new(options: argparse.Namespace) -> None:
    from seer_evals.tasks.shared.new import new_study

    folder = new_study(options.name, Path(options.into))
    say(f"{folder}: a study that runs. Change it, then: seer study check {folder}")
    # Of an absolute path Inspect makes no task on Python 3.11.
    say(f"To run it: inspect eval {os.path.relpath(folder)} --solver seer_evals/baseline --model none")


def _check(options: argparse.Namespace) -> int:
    from seer_evals.tasks.shared.check import check_study

    return print_problems(check_study(Path(options.study)))
