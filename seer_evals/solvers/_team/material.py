"""What the reader gets: every member's report and notebook as text, within bounds."""

from collections.abc import Sequence
from typing import Any

from inspect_ai.tool import Tool, ToolError, tool

from seer_evals.lab import Lab
from seer_evals.lab.notebook import cell_by_number
from seer_evals.lab.notebook.outline import outline
from seer_evals.solvers._bench import quoted, read_prompt, shortened
from seer_evals.solvers._team.record import MemberResult

BUDGET = 90_000
"""Characters of all notebooks together."""
OF_CELL = 1_500
"""Characters of one cell's outputs."""
WHOLE_CELL = 12_000
"""Characters that `read_cell` shows."""
TOOLS = " `read_cell` shows one of theirs in full."

WORDS = {
    "limit": "has no report: it was ended by a limit ({detail})",
    "failed": "has no report: it failed ({detail})",
    "no report": "has no report: it stopped without one",
}


def material(lab: Lab, results: Sequence[MemberResult]) -> str:
    """The message with which the reader starts."""
    reports = sum(each.report is not None for each in results)
    share = BUDGET // len(results)
    return read_prompt(
        "team_material",
        summary=f"{reports} of {len(results)} finished with a report."
        + ("" if reports else " There is nothing to compare, so look yourself."),
        members="\n\n".join(_member(lab, each, share) for each in results),
    )


@tool
def read_cell(lab: Lab) -> Tool:
    """Look up a cell of any notebook of the laboratory."""

    async def execute(number: int) -> str:
        """Show a cell of a colleague's notebook, or of your own, with all its outputs.

        Args:
            number: The cell's number.
        """
        for name, session in lab.notebooks.items():
            if cell := cell_by_number(session.document, number):
                return quoted("CELL", f"Notebook {name}.\n{cell_text(cell, WHOLE_CELL)}", WHOLE_CELL + 2000)
        raise ToolError(f"There is no cell {number} in any notebook.")

    return execute


def cell_text(cell: dict[str, Any], limit: int = OF_CELL) -> str:
    """A cell as Markdown; its outputs cut to `limit` characters, pictures left out."""
    number = cell["metadata"]["seer"]["number"]
    if cell["cell_type"] == "markdown":
        return f"### Cell {number} (text)\n{cell['source']}"
    status = cell["metadata"]["seer"].get("status", "not run")
    outputs = "\n".join(filter(None, map(_output_text, cell["outputs"])))
    shown = f"\n→ {shortened(outputs.strip(), limit)}" if outputs.strip() else ""
    return f"### Cell {number}{'' if status == 'ok' else f' ({status})'}\n{cell['source']}{shown}"


def _member(lab: Lab, result: MemberResult, share: int) -> str:
    title = f"# {result.name}, who started from: {result.angle}"
    if result.report is not None:
        said = quoted("REPORT", result.report.markdown())
    else:
        said = f"{result.name} {WORDS[result.ending].format(detail=result.detail)}."
    if result.name not in lab.notebooks:
        return f"{title}\n\n{said}"
    return f"{title}\n\n{said}\n\n{quoted('NOTEBOOK', _notebook(lab, result.name, share), share)}"


def _notebook(lab: Lab, name: str, share: int) -> str:
    """The notebook whole if it fits, otherwise its outline."""
    session = lab.notebook(name)
    cells = session.document["cells"]
    whole = "\n\n".join(map(cell_text, cells))
    return (whole if len(whole) <= share else session.outline()) or outline(cells, 1)


def _output_text(output: dict[str, Any]) -> str:
    if output["output_type"] == "error":
        return f"{output['ename']}: {output['evalue']}"
    data = output.get("data", {})
    return str(output.get("text") or data.get("text/plain", ""))
