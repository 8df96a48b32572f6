"""Runs a battery: the prose of a Markdown file as text cells, its code blocks as cells that are run."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from seer_evals.lab.notebook import NotebookSession
from seer_evals.runtime.untrusted import NotPlain, parse_object

MARK = "@@published "
"""The last cell prints a line that begins so: a JSON object for the decision rule."""
_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class BatteryFailed(RuntimeError):
    """A cell of the battery did not run to its end, or nothing was published."""


def parts(text: str) -> Iterator[tuple[Literal["prose", "code"], str]]:
    """Prose and code blocks of a Markdown text, in their order."""
    for i, part in enumerate(_BLOCK.split(text)):
        if part.strip():
            yield ("code" if i % 2 else "prose"), part.strip()


async def run_battery(notebook: NotebookSession, path: Path) -> tuple[dict[str, Any], int]:
    """Run every cell of a battery.

    Returns:
        What it published, and the number of the cell that did.

    Raises:
        BatteryFailed: With the cell's error.
    """
    published: tuple[dict[str, Any], int] | None = None
    for kind, text in parts(path.read_text(encoding="utf-8")):
        if kind == "prose":
            await notebook.markdown(text)
            continue
        result = await notebook.run(text)
        if result.status != "ok":
            errors = [f"{out['ename']}: {out['evalue']}" for out in result.outputs if out["output_type"] == "error"]
            raise BatteryFailed(f"cell {result.number} ended as {result.status!r}: {'; '.join(errors) or result.log}")
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
