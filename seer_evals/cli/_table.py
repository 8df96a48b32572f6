"""`seer table`: the outcome of an evaluation, sample by sample."""

import argparse
from pathlib import Path

from rich.console import RenderableType

from seer_evals.cli._console import console, save_picture, say
from seer_evals.cli._table_technique import WORD, add_technique_options, print_techniques


def add(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("log", help=f"an .eval file, or a directory: its newest log; or `{WORD}`, then several of them")
    parser.add_argument("logs", nargs="*", help=f"with `{WORD}`: techniques and agents against families of organisms")
    parser.add_argument("--svg", metavar="FILE", help="write it as a picture as well")
    add_technique_options(parser)
    parser.set_defaults(run=_table)


def _table(options: argparse.Namespace) -> None:
    if options.log == WORD:
        print_techniques(options.logs, options.csv, options.png)
        return
    if options.logs or options.csv or options.png:
        raise ValueError(f"one log at a time; several logs, --csv and --png go with `seer table {WORD} LOG …`")
    from seer_evals.analysis.audit_table import audit_table
    from seer_evals.analysis.table import as_table, outcomes, read, summary

    location, log = read(options.log)
    audits = audit_table(log)
    lines: list[RenderableType] = [audits] if audits else [as_table(outcomes(log), console.width), *summary(log)]
    for line in lines:
        console.print(line)
    say(f"log: {location.removeprefix('file://')}")
    if options.svg:
        save_picture(lines, Path(options.svg), "seer table")
