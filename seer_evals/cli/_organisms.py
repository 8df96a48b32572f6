"""`seer organisms`."""

import argparse

from rich.table import Table

from seer_evals import organisms, pretrained
from seer_evals.cli._console import console, say


def add(parser: argparse.ArgumentParser) -> None:
    """Add the commands."""
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("list", help="families, architectures and public organisms").set_defaults(run=_list)
    pin = commands.add_parser("pin", help="ask the hub for the commits of the public organisms, and keep to them")
    pin.set_defaults(run=_pin)
    for name, run, text in (
        ("show", _show, "the truth about an organism"),
        ("build", _build, "build organisms into the cache"),
        ("check", _check, "measure that the behaviour is there, against the clean twin"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument(
            "ids", nargs="+", metavar="ID", help="such as preference-llama-101, or preference-llama-101-twin"
        )
        command.set_defaults(run=run)


def _list(options: argparse.Namespace) -> None:
    table = Table("id", "family", "source")
    for family in organisms.families():
        table.add_row(
            f"{family}-llama-SEED, {family}-gemma2-SEED",
            family,
            "built here, from any seed; append -twin for its clean twin",
        )
    for base in pretrained.PRETRAINED:
        for family in organisms.families(architecture=base):
            table.add_row(
                f"{family}-{base}-LEVEL-SEED", family, "an adapter on it; LEVEL: easy, middle or hard; likewise"
            )
    for organism in organisms.public_organisms():
        table.add_row(organism.id, organism.family, "public, of the Hugging Face hub")
    console.print(table)


def _show(options: argparse.Namespace) -> None:
    for name in options.ids:
        say(organisms.get_organism(name).model_dump_json(indent=2))


def _pin(options: argparse.Namespace) -> None:
    for name, commit in organisms.pin_public_organisms().items():
        say(f"{name}@{commit}")


def _build(options: argparse.Namespace) -> None:
    for name in options.ids:
        files = organisms.materialize(organisms.get_organism(name))
        say(f"{name}: base {files.base}, adapter {files.adapter}")


def _check(options: argparse.Namespace) -> None:
    table = Table("organism", "measure", "effect", "95 % interval", "n", "at least", "passed")
    for name in options.ids:
        found = organisms.check(organisms.get_organism(name))
        interval = f"{found.ci_low:.2f} to {found.ci_high:.2f}"
        table.add_row(
            name,
            found.measure,
            f"{found.effect:.2f}",
            interval,
            str(found.n),
            f"{found.threshold:.2f}",
            "yes" if found.passed else "NO",
        )
    console.print(table)
