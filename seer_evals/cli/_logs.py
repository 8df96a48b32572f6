"""`seer table`, `seer compare` and `seer notebook`: what a log holds."""

import argparse
from pathlib import Path

from rich.console import RenderableType

from seer_evals.cli._console import console, save_picture, say
from seer_evals.cli._table_technique import WORD, add_technique_options, print_techniques


def add_logs(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the three commands."""
    table = commands.add_parser("table", help="the outcome of an evaluation, sample by sample")
    table.add_argument("log", help=f"an .eval file, or a directory: its newest log; or `{WORD}`, then several of them")
    table.add_argument("logs", nargs="*", help=f"with `{WORD}`: techniques and agents against families of organisms")
    table.add_argument("--svg", metavar="FILE", help="write it as a picture as well")
    add_technique_options(table)
    table.set_defaults(run=_table)

    compare = commands.add_parser("compare", help="one row per harness, and whether their differences are any")
    compare.add_argument("logs", nargs="+", help="directories that evaluations were logged to, or .eval files")
    compare.set_defaults(run=_compare)

    notebook = commands.add_parser("notebook", help="write the notebooks of a log as .ipynb files")
    notebook.add_argument("log", help="an .eval file, or a directory: its newest log")
    notebook.add_argument("--sample", metavar="ID", help="only those of this sample")
    notebook.add_argument("--output", metavar="FOLDER", default=".", help="where to write (default: here)")
    notebook.set_defaults(run=_notebook)


def _table(options: argparse.Namespace) -> None:
    if options.log == WORD:
        print_techniques(options.logs, options.csv, options.png)
        return
    if options.logs or options.csv or options.png:
        raise ValueError(f"one log at a time; several logs, --csv and --png go with `seer table {WORD} LOG …`")
    from seer_evals.analysis.audit_table import as_audit_table, audit_rows
    from seer_evals.analysis.table import as_table, outcomes, read, summary

    location, log = read(options.log)
    audits = audit_rows(log)
    lines: list[RenderableType] = (
        [as_audit_table(audits)] if audits else [as_table(outcomes(log), console.width), *summary(log)]
    )
    for line in lines:
        console.print(line)
    say(f"log: {location.removeprefix('file://')}")
    if options.svg:
        save_picture(lines, Path(options.svg), "seer table")


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


def _notebook(options: argparse.Namespace) -> None:
    from seer_evals.analysis.notebooks import extract_notebooks
    from seer_evals.analysis.table import find_log

    log, folder = find_log(options.log), Path(options.output)
    written = extract_notebooks(log, folder, options.sample)
    for path in written:
        say(path.resolve())
    many = "1 notebook" if len(written) == 1 else f"{len(written)} notebooks"
    say(f"{many} of {log.removeprefix('file://')} written to {folder.resolve()}")
