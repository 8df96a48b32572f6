"""`seer plan`."""

import argparse

from seer_evals.cli._console import console


def add(parser: argparse.ArgumentParser) -> None:
    """Add the command."""
    parser.add_argument("task", metavar="TASK", help="as for inspect eval: a file, file.py@name, or a registered name")
    parser.add_argument("-T", metavar="NAME=VALUE", action="append", default=[], help="a parameter of the task")
    parser.add_argument("--sandbox", metavar="PROVIDER", help="in place of the task's own")
    parser.add_argument("--limit", type=int, metavar="N", help="only so many samples")
    parser.add_argument("--epochs", type=int, metavar="N", help="in place of the task's own")
    parser.set_defaults(run=_plan)


def _plan(options: argparse.Namespace) -> int:
    import anyio

    from seer_evals.costs import as_lines, costs_of
    from seer_evals.inspect_private import parse_cli_args

    arguments = parse_cli_args(options.T)
    found = anyio.run(costs_of, options.task, arguments, options.sandbox, options.limit, options.epochs)
    for costs in found:
        for line in as_lines(costs):
            console.print(line)
    return 1 if any(costs.problems for costs in found) else 0
