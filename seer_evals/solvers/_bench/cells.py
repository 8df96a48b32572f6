"""Cells of a laboratory's notebooks as text, for someone who reads along."""

from typing import Any

from seer_evals.lab import Lab
from seer_evals.lab.notebook import cell_by_number
from seer_evals.prompting import shortened, unmarked

OF_CELL = 1_500
"""Characters of one cell's outputs."""
_MARKS = r"#+\s*cell \d|→"
"""By these a line says that a cell begins, or its output."""


def find_cell(lab: Lab, number: int) -> tuple[str, dict[str, Any]] | None:
    """The notebook that has the cell, by name, and the cell; None if there is none of this number."""
    for name, session in lab.notebooks.items():
        if cell := cell_by_number(session.document, number):
            return name, cell
    return None


def cell_text(cell: dict[str, Any], limit: int = OF_CELL) -> str:
    """A cell as Markdown; its outputs cut to `limit` characters, pictures left out."""
    number = cell["metadata"]["seer"]["number"]
    source = unmarked(cell["source"], _MARKS)
    if cell["cell_type"] == "markdown":
        return f"### Cell {number} (text)\n{source}"
    status = cell["metadata"]["seer"].get("status", "not run")
    outputs = unmarked("\n".join(filter(None, map(_output_text, cell["outputs"]))).strip(), _MARKS)
    shown = f"\n→ {shortened(outputs, limit)}" if outputs else ""
    return f"### Cell {number}{'' if status == 'ok' else f' ({status})'}\n{source}{shown}"


def _output_text(output: dict[str, Any]) -> str:
    if output["output_type"] == "error":
        return f"{output['ename']}: {output['evalue']}"
    return str(output.get("text") or output.get("data", {}).get("text/plain", ""))
