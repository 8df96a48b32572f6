"""`seer`: what `inspect` does not already do. One file per noun."""

import argparse
import sys
from collections.abc import Sequence

from inspect_ai._util.error import PrerequisiteError

from seer_evals import organisms
from seer_evals.cli._bench import add_bench
from seer_evals.cli._console import say
from seer_evals.cli._dimensions import add_dimensions
from seer_evals.cli._judge import add_judge
from seer_evals.cli._logs import add_logs
from seer_evals.cli._organisms import add_organisms
from seer_evals.cli._plan import add_plan
from seer_evals.cli._seeds import add_seeds
from seer_evals.cli._skills import add_skills
from seer_evals.plain_text import short_paths

__all__ = ["main"]

_REFUSALS = (
    ValueError,
    FileNotFoundError,
    PrerequisiteError,
    organisms.OrganismRefused,
    organisms.PublicUnavailable,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; wrong input ends with a message and exit code 2, a check that found something with 1."""
    own, passed_on = _split(sys.argv[1:] if arguments is None else list(arguments))
    options = _parser().parse_args(own, argparse.Namespace(passed_on=passed_on))
    try:
        return int(options.run(options) or 0)
    except _REFUSALS as error:
        say(short_paths(f"seer: {error}"), error=True)
        return 2


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """What is for `seer`, and what follows a `--`: options of a command that it calls."""
    if "--" not in arguments:
        return arguments, []
    return arguments[: arguments.index("--")], arguments[arguments.index("--") + 1 :]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="seer", description="What inspect does not already do.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add_logs(commands)
    add_bench(commands.add_parser("bench", help="several harnesses over the same samples, then compared"))
    add_plan(commands.add_parser("plan", help="what a task would start, for how long and for how much"))
    add_organisms(commands.add_parser("organisms", help="models with a known secret: list, show, build, check"))
    add_skills(commands.add_parser("skill", help="techniques in folders: list, new, check"))
    add_seeds(commands.add_parser("seeds", help="what auditors are told to try: list, show, new, check"))
    add_dimensions(commands.add_parser("dimensions", help="what judges score audits on: list, show, check"))
    add_judge(commands.add_parser("judge", help="judges of audits: calibrate"))
    return parser
