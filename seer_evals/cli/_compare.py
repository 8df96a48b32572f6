"""`seer compare`: one row per harness, and whether their differences are any."""

import argparse

from seer_evals.cli._console import console


def add(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("logs", nargs="+", help="directories that evaluations were logged to, or .eval files")
    parser.set_defaults(run=_compare)


def _compare(options: argparse.Namespace) -> None:
    print_comparison(*options.logs)


def print_comparison(*logs: str) -> None:
    """Print the harnesses of logs side by side, and what was left out.

    Raises:
        FileNotFoundError: None of them has samples.
    """
    from seer_evals.analysis.compare import as_tables, audit_differences, differences, harnesses, left_out, read_logs

    rows = harnesses(read_logs(*logs))
    for table in as_tables(rows):
        console.print(table)
    for line in [*differences(rows), *audit_differences(rows), *left_out(*logs)]:
        console.print(f"- {line}")
