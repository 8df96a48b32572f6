"""`seer seeds`."""

import argparse

from rich.table import Column, Table

from seer_evals.cli._console import console, say
from seer_evals.cli._markdown import add_markdown


def add(parser: argparse.ArgumentParser) -> None:
    """Add the commands."""
    add_markdown(parser, "seed", "my-seed", "id, themes and title", _list)


def _list(options: argparse.Namespace) -> None:
    from seer_evals.audits import find_seeds

    seeds = find_seeds(options.selection)
    table = Table(Column("id", no_wrap=True), "tags", "title")
    for seed in seeds:
        table.add_row(seed.id, ", ".join(seed.tags), seed.title)
    console.print(table)
    say(f"{len(seeds)} seeds, {sum(seed.control for seed in seeds)} of them controls")
