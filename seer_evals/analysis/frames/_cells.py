"""What investigators ran, cell by cell."""

from collections.abc import Iterator

from inspect_ai.log import EvalLog, EvalSample

from seer_evals.analysis.frames._rows import Thing, of_logs, rows
from seer_evals.lab import NOTEBOOKS_KEY
from seer_evals.lab.notebook import output_text


@of_logs
def cells(log: EvalLog) -> list[Thing]:
    """One row for each cell of each notebook, in the notebook's order."""
    return rows(log, _cells)


def _cells(sample: EvalSample) -> Iterator[Thing]:
    for name, notebook in sample.store.get(NOTEBOOKS_KEY, {}).items():
        for cell in notebook["cells"]:
            ran = cell.get("metadata", {}).get("seer", {})
            noted = {key: ran.get(key) for key in ("number", "status", "seconds", "kernel")}
            output = output_text(cell.get("outputs", []))
            yield {"notebook": name, "type": cell["cell_type"], "source": cell["source"], "output": output, **noted}
