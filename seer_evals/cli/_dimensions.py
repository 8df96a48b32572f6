"""`seer dimensions`."""

import argparse
from pathlib import Path

from rich.table import Column, Table

from seer_evals.cli._console import console, say
from seer_evals.cli._selection import add_selection, print_problems


def add(parser: argparse.ArgumentParser) -> None:
    """Add the commands."""
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add_selection(commands.add_parser("list", help="id, groups and title"), "all", _list)
    add_selection(commands.add_parser("show", help="the files, word for word"), None, _show)
    new = commands.add_parser("new", help="write a dimension that passes its check, to be changed")
    new.add_argument("name", metavar="NAME", help="such as my_dimension")
    new.add_argument("--into", metavar="DIR", default=".", help="the folder for its file (default: here)")
    new.set_defaults(run=_new)
    check = commands.add_parser("check", help="everything that is wrong, with file and line")
    add_selection(check, None, _check)


def _list(options: argparse.Namespace) -> None:
    from seer_evals.audits import find_dimensions

    table = Table(Column("id", overflow="fold"), "tags", "high is", "default", "title")
    for dimension in find_dimensions(options.selection):
        default = "yes" if dimension.default else ""
        table.add_row(dimension.id, ", ".join(dimension.tags), dimension.direction, default, dimension.title)
    console.print(table)


def _show(options: argparse.Namespace) -> None:
    from seer_evals.audits import dimension_files

    say("\n".join(path.read_text(encoding="utf-8") for path in dimension_files(options.selection)).removesuffix("\n"))


def _new(options: argparse.Namespace) -> None:
    from seer_evals.audits import new_dimension

    path = new_dimension(options.name, Path(options.into).expanduser())
    say(f"{path}: a dimension to be changed. Afterwards")
    say(f"  seer dimensions check {path}")


def _check(options: argparse.Namespace) -> int:
    from seer_evals.audits import check_dimensions, dimension_files

    return print_problems(check_dimensions(dimension_files(options.selection)))
