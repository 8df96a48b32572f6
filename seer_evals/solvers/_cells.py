"""Cells that a solver runs without an agent: each has to end well."""

from typing import Any

from seer_evals.lab.notebook import CellResult, NotebookSession
from seer_evals.runtime.untrusted import NotPlain, parse_object


class BatteryFailed(RuntimeError):
    """A cell did not run to its end, or what it published cannot be read."""


async def run_cell(notebook: NotebookSession, code: str) -> CellResult:
    """Run a cell.

    Raises:
        BatteryFailed: With the cell's error.
    """
    result = await notebook.run(code)
    if result.status != "ok":
        errors = [f"{out['ename']}: {out['evalue']}" for out in result.outputs if out["output_type"] == "error"]
        why = "; ".join(errors) or result.death or result.log
        raise BatteryFailed(f"cell {result.number} ended as {result.status!r}: {why}")
    return result


def printed_object(result: CellResult) -> dict[str, Any]:
    """The JSON object that a cell printed.

    Raises:
        BatteryFailed: It is none, or none that a sandbox may send.
    """
    text = "".join(out["text"] for out in result.outputs if out["output_type"] == "stream" and out["name"] == "stdout")
    try:
        return parse_object(text)
    except NotPlain as error:
        raise BatteryFailed(f"the figures of cell {result.number} cannot be read: {error}") from None
