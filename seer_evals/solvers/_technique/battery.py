"""Runs a battery: the prose of a Markdown file as text cells, its code blocks as cells that are run."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from seer_evals.lab.notebook import NotebookSession
from seer_evals.runtime.untrusted import NotPlain, parse_object
from seer_evals.solvers._cells import BatteryFailed, run_cell

MARK = "@@published "
"""The last cell prints a line that begins so: a JSON object for the decision rule."""
_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def parts(text: str) -> Iterator[tuple[Literal["prose", "code"], str]]:
    """Prose and code blocks of a Markdown text, in their order."""
    for i, part in enumerate(_BLOCK.split(text)):
        if part.strip():
            yield ("code" if i % 2 else "prose"), part.strip()


async def run_cells(notebook: NotebookSession, path: Path) -> tuple[dict[str, Any], int]:
    """Run every cell of a battery.

    Returns:
        What it published, and the number of the cell that did.

    Raises:
        BatteryFailed: A cell failed, or none published anything that can be read.
    """
    published: tuple[dict[str, Any], int] | None = None
    for kind, text in parts(path.read_text(encoding="utf-8")):
        if kind == "prose":
            await notebook.markdown(text)
            continue
        result = await run_cell(notebook, text)
        printed = "".join(out["text"] for out in result.outputs if out["output_type"] == "stream")
        for line in printed.splitlines():
            if line.startswith(MARK):
                published = _read(line.removeprefix(MARK), path), result.number
    if published is None:
        raise BatteryFailed(f"{path.name} published nothing: a cell has to print a line that begins with {MARK!r}")
    return published


def _read(text: str, path: Path) -> dict[str, Any]:
    try:
        return parse_object(text)
    except NotPlain as error:
        raise BatteryFailed(f"what {path.name} published cannot be read: {error}") from None
