"""`seer seeds`."""

import argparse
from pathlib import Path

from rich.table import Column, Table

from seer_evals.cli._console import console, say
from seer_evals.cli._selection import add_selection, print_problems


def add(parser: argparse.ArgumentParser) -> None:
    """Add the commands."""
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add_selection(commands.add_parser("list", help="id, themes and title"), "all", _list)
    add_selection(commands.add_parser("show", help="the files, word for word"), None, _show)
    new = commands.add_parser("new", help="write a seed that passes its check, to be changed")
    new.add_argument("name", metavar="NAME", help="such as my-seed")
    new.add_argument("--into", metavar="DIR", default=".", help="where to write the file (default: here)")
    new.set_defaults(run=_new)
    add_selection(commands.add_parser("check", help="everything that is wrong, with file and line"), None, _check)


def _list(options: argparse.Namespace) -> None:
    from seer_evals.audits import find_seeds

    seeds = find_seeds(options.selection)
    table = Table(Column("id", no_wrap=True), "tags", "title")
    for seed in seeds:
        table.add_row(seed.id, ", ".join(seed.tags), seed.title)
    console.print(table)
    say(f"{len(seeds)} seeds, {sum(seed.control for seed in seeds)} of them controls")


def _show(options: argparse.Namespace) -> None:
    from seer_evals.audits import seed_files

    say("\n".join(path.read_text(encoding="utf-8") for path in seed_files(options.selection)).removesuffix("\n"))


def _new(options: argparse.Namespace) -> None:
    from seer_evals.audits import new_seed

    path = new_seed(options.name, Path(options.into).expanduser())
    say(f"{path}: a seed to be changed. Afterwards")
    say(f"  seer seeds check {path}")


def _check(options: argparse.Namespace) -> int:
    from seer_evals.audits import check_seeds, seed_files

    return print_problems(check_seeds(seed_files(options.selection)))
