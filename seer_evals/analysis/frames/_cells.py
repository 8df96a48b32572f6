"""What investigators ran, cell by cell."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from inspect_ai.log import EvalSample

from seer_evals.analysis.frames._rows import Logs, Thing, frame, opened, rows
from seer_evals.lab import NOTEBOOKS_KEY
from seer_evals.lab.notebook import output_text

if TYPE_CHECKING:
    import pandas as pd


def cells(logs: Logs) -> "pd.DataFrame":
    """One row for each cell of each notebook, in the notebook's order.

    Args:
        logs: Files, directories, logs that were read, or several of them.

    Returns:
        The columns of `COLUMNS["cells"]`.

    Raises:
        FileNotFoundError: There is no log at a path.
        ValueError: A file is no log.
    """
    return frame("cells", (row for log in opened(logs) for row in rows(log, _cells)))


def _cells(sample: EvalSample) -> Iterator[Thing]:
    for name, notebook in sample.store.get(NOTEBOOKS_KEY, {}).items():
        for cell in notebook["cells"]:
            ran = cell.get("metadata", {}).get("seer", {})
            noted = {key: ran.get(key) for key in ("number", "status", "seconds", "kernel")}
            output = output_text(cell.get("outputs", []))
            yield {"notebook": name, "type": cell["cell_type"], "source": cell["source"], "output": output, **noted}
