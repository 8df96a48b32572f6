"""`seer dimensions`."""

import argparse

from rich.table import Column, Table

from seer_evals.cli._console import console
from seer_evals.cli._markdown import add_markdown


def add(parser: argparse.ArgumentParser) -> None:
    """Add the commands."""
    add_markdown(parser, "dimension", "my_dimension", "id, groups and title", _list)


def _list(options: argparse.Namespace) -> None:
    from seer_evals.audits import find_dimensions

    table = Table(Column("id", overflow="fold"), "tags", "high is", "default", "title")
    for dimension in find_dimensions(options.selection):
        default = "yes" if dimension.default else ""
        table.add_row(dimension.id, ", ".join(dimension.tags), dimension.direction, default, dimension.title)
    console.print(table)
