"""`seer bench`: several harnesses over the same samples, into one directory, then side by side."""

import argparse
import shlex
import subprocess
import sys
from pathlib import Path

from seer_evals.cli._compare import print_comparison
from seer_evals.cli._console import say


def add(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("task", metavar="TASK", help="as for inspect eval: a file, file.py@name, or a registered name")
    parser.add_argument(
        "--solver",
        action="append",
        required=True,
        metavar="'HARNESS [NAME=VALUE …]'",
        help="a harness (its name, a registered name or a file) with its arguments; give it several times",
    )
    parser.add_argument("--log-dir", required=True, metavar="DIR", help="where all logs go")
    parser.epilog = "After -- come options of inspect eval, the same for each harness."
    parser.usage = "seer bench TASK --solver HARNESS [--solver HARNESS …] --log-dir DIR [-- OPTION …]"
    parser.set_defaults(run=_bench)


def _bench(options: argparse.Namespace) -> int:
    commands = [_command(options, solver) for solver in options.solver]
    failed = []
    for solver, command in zip(options.solver, commands, strict=True):
        say(f"\n# {solver}")
        if subprocess.run(command, check=False).returncode:
            failed.append(solver)
    say("")
    print_comparison(options.log_dir)
    for solver in failed:
        say(f"failed: {solver}; see above, and its log", error=True)
    return 1 if failed else 0


def _command(options: argparse.Namespace, solver: str) -> list[str]:
    """The evaluation of one harness.

    Raises:
        ValueError: An argument of the harness is not NAME=VALUE.
    """
    name, *arguments = shlex.split(solver)
    if wrong := [argument for argument in arguments if "=" not in argument]:
        raise ValueError(f"--solver {solver!r}: {wrong[0]!r} is no argument; write NAME=VALUE")
    harness = name if "/" in name or Path(name).suffix else f"seer_evals/{name}"
    given = [part for argument in arguments for part in ("-S", argument)]
    where = ["--solver", harness, *given, "--log-dir", options.log_dir]
    return [sys.executable, "-m", "inspect_ai", "eval", options.task, *where, *options.passed_on]
