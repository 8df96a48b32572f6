"""What the reader gets: every member's report and notebook as text, within bounds."""

from collections.abc import Sequence

from inspect_ai.tool import Tool, ToolError, tool

from seer_evals.lab import Lab
from seer_evals.solvers._bench import cell_text, find_cell, quoted, read_prompt
from seer_evals.solvers._team.record import MemberResult

BUDGET = 90_000
"""Characters of all notebooks together."""
WHOLE_CELL = 12_000
"""Characters of outputs that `read_cell` shows."""

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
        if (found := find_cell(lab, number)) is None:
            raise ToolError(f"There is no cell {number} in any notebook.")
        name, cell = found
        return quoted("CELL", f"Notebook {name}.\n{cell_text(cell, WHOLE_CELL)}", 2 * WHOLE_CELL)

    return execute


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
    whole = "\n\n".join(map(cell_text, session.document["cells"]))
    return whole if 0 < len(whole) <= share else session.outline()
