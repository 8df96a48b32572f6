"""`seer organisms`."""

import argparse
from pathlib import Path

from rich.table import Table

from seer_evals import organisms, pretrained
from seer_evals.cli._console import console, say


def add(parser: argparse.ArgumentParser) -> None:
    """Add the commands."""
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("list", help="families, architectures and public organisms").set_defaults(run=_list)
    pin = commands.add_parser("pin", help="ask the hub for the commits of the public organisms, and keep to them")
    pin.set_defaults(run=_pin)
    new = commands.add_parser("new", help="write a page of an organism of your own, to be changed")
    new.add_argument("name", metavar="NAME", help="such as my_organism")
    new.add_argument("--into", metavar="DIR", default=".", help="where to make it (default: here)")
    new.set_defaults(run=_new)
    for name, run, text in (
        ("show", _show, "the truth about an organism"),
        ("build", _build, "build organisms into the cache"),
        ("check", _check, "measure that the behaviour is there, against the clean twin"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument(
            "ids",
            nargs="+",
            metavar="ID",
            help="such as preference-llama-101, preference-llama-101-twin, or a page of your own: my_organism.yaml",
        )
        command.set_defaults(run=run)
    command.add_argument("--static", action="store_true", help="read what it would be only, and train nothing")


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


def _new(options: argparse.Namespace) -> None:
    from seer_evals.new import Naming, write_new

    naming = Naming("[a-z]+(_[a-z]+)*", "lower-case letters and _", "my_organism")
    (page,) = write_new("organism", options.name, Path(options.into).expanduser(), naming)
    say(f"{page}: an organism on {' or '.join(pretrained.PRETRAINED)} that works as it is. Change it, then")
    say(f"  seer organisms check {page} --static      # what is wrong with the page")
    say(f"  seer organisms check {page}               # trains it and its twin, some minutes, and measures")
    say(f"  inspect eval seer_evals/hidden_preference -T organisms={page} --solver seer_evals/baseline --model none")


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
    if options.static:
        for organism in map(organisms.get_organism, options.ids):
            say(f"{organism.id} can be trained: {organism.truth.description}")
        return
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
