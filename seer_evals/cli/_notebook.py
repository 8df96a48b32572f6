"""`seer notebook`: the notebooks of a log as .ipynb files."""

import argparse
from pathlib import Path

from seer_evals.cli._console import say


def add(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("log", help="an .eval file, or a directory: its newest log")
    parser.add_argument("--sample", metavar="ID", help="only those of this sample")
    parser.add_argument("--output", metavar="FOLDER", default=".", help="where to write (default: here)")
    parser.set_defaults(run=_notebook)


def _notebook(options: argparse.Namespace) -> None:
    from seer_evals.analysis.notebooks import extract_notebooks
    from seer_evals.analysis.table import find_log

    log, folder = find_log(options.log), Path(options.output)
    written = extract_notebooks(log, folder, options.sample)
    for path in written:
        say(path.resolve())
    many = "1 notebook" if len(written) == 1 else f"{len(written)} notebooks"
    say(f"{many} of {log.removeprefix('file://')} written to {folder.resolve()}")
