"""The commands of what is one Markdown file each: seeds and dimensions."""

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from seer_evals.cli._console import say
from seer_evals.cli._selection import add_selection, print_problems

Run = Callable[[argparse.Namespace], int | None]


def add_markdown(parser: argparse.ArgumentParser, noun: str, example: str, columns: str, show_list: Run) -> None:
    """Add `list`, `show`, `new` and `check`.

    Args:
        parser: Of the noun.
        noun: `seed` or `dimension`.
        example: A name for a new one.
        columns: What `list` has, in words.
        show_list: Runs it.
    """
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add_selection(commands.add_parser("list", help=columns), "all", show_list)
    add_selection(commands.add_parser("show", help="the files, word for word"), None, partial(_show, noun))
    new = commands.add_parser("new", help=f"write a {noun} that passes its check, to be changed")
    new.add_argument("name", metavar="NAME", help=f"such as {example}")
    new.add_argument("--into", metavar="DIR", default=".", help="the folder for its file (default: here)")
    new.set_defaults(run=partial(_new, noun))
    check = commands.add_parser("check", help="everything that is wrong, with file and line")
    add_selection(check, None, partial(_check, noun))


def _audits(function: str) -> Callable[..., Any]:
    from seer_evals import audits

    found: Callable[..., Any] = getattr(audits, function)
    return found


def _show(noun: str, options: argparse.Namespace) -> None:
    paths = _audits(f"{noun}_files")(options.selection)
    say("\n".join(path.read_text(encoding="utf-8") for path in paths).removesuffix("\n"))


def _new(noun: str, options: argparse.Namespace) -> None:
    path = _audits(f"new_{noun}")(options.name, Path(options.into).expanduser())
    say(f"{path}: a {noun} to be changed. Afterwards")
    say(f"  seer {noun}s check {path}")


def _check(noun: str, options: argparse.Namespace) -> int:
    return print_problems(_audits(f"check_{noun}s")(_audits(f"{noun}_files")(options.selection)))
