"""`seer`: what `inspect` does not already do. One file per noun; only that of the noun that was said is imported."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

__all__ = ["main", "parser_for"]

COMMANDS = {
    "table": "the outcome of an evaluation, sample by sample",
    "compare": "one row per harness, and whether their differences are any",
    "notebook": "write the notebooks of a log as .ipynb files",
    "bench": "several harnesses over the same samples, then compared",
    "experiment": "one file of what is compared: check, run, climb, report",
    "draft": "a paper as a plan of an experiment, each field with the words that say so",
    "plan": "what a task would start, for how long and for how much",
    "organisms": "models with a known secret: list, new, show, build, check, pin",
    "models": "pretrained models that come with a package: list, get",
    "family": "organisms of your own kind: new, check",
    "study": "investigations in folders: new, check",
    "harness": "who investigates: new, check",
    "scorer": "who grades: new, check",
    "interface": "functions of a sandbox that the agent cannot enter: new, check",
    "environment": "what a laboratory needs: new, check",
    "prompt": "your own in the place of this package's: new, check",
    "provider": "where a laboratory is opened: new, check",
    "skill": "techniques in folders: list, new, check, try, tasks",
    "seeds": "what auditors are told to try: list, show, new, check",
    "dimensions": "what judges score audits on: list, show, new, check",
    "judge": "judges of audits: calibrate",
}
"""Each is `_NAME.py` here, whose `add` gives a parser its arguments."""
ALIKE = ("family", "study", "harness", "scorer", "interface", "environment", "prompt", "provider")
"""Those with no more than `new` and `check`, which are made alike, in `_kinds.py`."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; wrong input ends with a message and exit code 2, a check that found something with 1."""
    own, passed_on = _split(sys.argv[1:] if arguments is None else list(arguments))
    options = parser_for(own).parse_args(own, argparse.Namespace(passed_on=passed_on))
    try:
        return int(options.run(options) or 0)
    except Exception as error:
        if not isinstance(error, _refusals()):
            raise
        from seer_evals.cli._console import say
        from seer_evals.plain_text import short_paths

        say(short_paths(f"seer: {error}"), error=True)
        return 2


def parser_for(words: Sequence[str]) -> argparse.ArgumentParser:
    """A parser of all commands that knows the arguments of the one with which these words begin."""
    parser = argparse.ArgumentParser(prog="seer", description="What inspect does not already do.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, help_text in COMMANDS.items():
        command = commands.add_parser(name, help=help_text)
        if words and words[0] == name:
            _add(command, name)
    return parser


def _add(parser: argparse.ArgumentParser, name: str) -> None:
    if name in ALIKE:
        import_module(f"{__name__}._kinds").add_kind(parser, name)
    else:
        import_module(f"{__name__}._{name}").add(parser)


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """What is for `seer`, and what follows a `--`: options of a command that it calls."""
    if "--" not in arguments:
        return arguments, []
    return arguments[: arguments.index("--")], arguments[arguments.index("--") + 1 :]


def _refusals() -> tuple[type[Exception], ...]:
    """What commands raise for wrong input. It takes seconds to import, so only an error that came asks for it."""
    from seer_evals import organisms
    from seer_evals.inspect_private import PrerequisiteError

    return (
        ValueError,
        FileNotFoundError,
        PrerequisiteError,
        organisms.OrganismRefused,
        organisms.PublicUnavailable,
    )
