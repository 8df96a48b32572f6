"""The notebook as tools of an agent; their docstrings are what the agent reads."""

import re
from collections.abc import Awaitable, Callable
from functools import wraps

from inspect_ai.tool import Tool, ToolDef, ToolError, ToolParams, ToolResult

from seer_evals.lab.notebook._channel import NotebookError
from seer_evals.lab.notebook.paging import page, search
from seer_evals.lab.notebook.rendering import TEXT_LIMIT, render
from seer_evals.lab.notebook.result import CellResult
from seer_evals.lab.notebook.session import NotebookSession
from seer_evals.lab.notebook.viewer import VIEWERS

_Function = Callable[..., Awaitable[ToolResult]]


def notebook_tools(session: NotebookSession, *, suffix: str = "", limit: int = TEXT_LIMIT) -> list[Tool]:
    """The tools with which an agent works in a notebook.

    Args:
        session: The notebook.
        suffix: Appended to every tool's name, such as `_scratch`, where an agent has more than one notebook.
        limit: Characters of text that a result may have.
    """
    tools = _Tools(session, suffix, limit)
    functions: list[_Function] = [
        tools.run_cell,
        tools.edit_cell,
        tools.insert_cell,
        tools.delete_cell,
        tools.move_cell,
        tools.add_markdown,
        tools.read_output,
        tools.wait_cell,
        tools.interrupt_kernel,
        tools.restart_kernel,
        tools.notebook_outline,
    ]
    names = [each.__name__ for each in functions]
    return [_as_tool(function, names, session, suffix, limit) for function in functions]


class _Tools:
    def __init__(self, session: NotebookSession, suffix: str, limit: int) -> None:
        self._session = session
        self._suffix = suffix
        self._limit = limit

    async def run_cell(self, code: str, timeout: float | None = None, wait: float | None = None) -> ToolResult:
        """Append a code cell to the notebook and run it in the notebook's Jupyter kernel.

        The kernel keeps its variables, imports and functions from cell to cell, so load a thing once and go on with it.
        As in any notebook, the value of the last line is shown, print() works, so do `await`, `!command` and `%magic`,
        and plots come back as images. There is no keyboard: input() raises an error. You see at most 8,000 characters
        of a cell's text, longer text without its middle; read_output reads the rest. The notebook keeps 8 MB of a cell,
        its begin and its end. Keep cells short, one step each, so that an error costs little.

        Args:
            code: The Python code of the cell.
            timeout: Seconds after which the cell is interrupted; the kernel then keeps its variables. Leave it out for
                the default of 600 seconds; give more for work that takes longer.
            wait: Seconds after which to return although the cell runs on, with what it has printed until then; then use
                wait_cell or interrupt_kernel. Leave it out to wait until the cell has ended.
        """
        return self._show(await self._session.run(code, timeout, wait))

    async def edit_cell(
        self, number: int, code: str, timeout: float | None = None, wait: float | None = None
    ) -> ToolResult:
        """Replace the content of a cell and run it again; its old outputs are gone.

        Use it to mend a cell that failed, so that the notebook reads well. What the old cell did to the kernel's
        variables stays. On a text cell, it replaces the text.

        Args:
            number: The cell's number, as the results and notebook_outline show it. Numbers never change.
            code: The new code, or the new Markdown of a text cell.
            timeout: Seconds after which the cell is interrupted; 600 seconds by default.
            wait: Seconds after which to return although the cell runs on; by default, wait until it has ended.
        """
        result = await self._session.edit(number, code, timeout, wait)
        return self._show(result) if self._session.is_code(number) else f"Cell {number} has the new text."

    async def insert_cell(
        self, after: int, code: str, timeout: float | None = None, wait: float | None = None
    ) -> ToolResult:
        """Insert a code cell behind another one and run it.

        Args:
            after: The number of the cell behind which it goes; 0 for the top of the notebook.
            code: The Python code of the cell.
            timeout: Seconds after which the cell is interrupted; 600 seconds by default.
            wait: Seconds after which to return although the cell runs on; by default, wait until it has ended.
        """
        return self._show(await self._session.insert(after, code, timeout, wait))

    async def delete_cell(self, number: int) -> ToolResult:
        """Delete a cell from the notebook. What it did to the kernel's variables stays; its number is not used again.

        Args:
            number: The cell's number.
        """
        await self._session.delete(number)
        return f"Cell {number} is deleted."

    async def move_cell(self, number: int, after: int) -> ToolResult:
        """Move a cell to another place in the notebook without running it. It keeps its number.

        Args:
            number: The cell's number.
            after: The number of the cell behind which it goes; 0 for the top of the notebook.
        """
        await self._session.move(number, after)
        return f"Cell {number} is moved {f'behind cell {after}' if after else 'to the top'}."

    async def add_markdown(self, text: str, after: int | None = None) -> ToolResult:
        """Write a text cell: what you are about to test and why, what a result means, what you conclude.

        Args:
            text: The text, as Markdown.
            after: The number of the cell behind which it goes; 0 for the top of the notebook. Leave it out for the end.
        """
        return f"Cell {await self._session.markdown(text, after)} holds the text."

    async def read_output(
        self, cell: int, start: int = 0, end: int | None = None, pattern: str | None = None
    ) -> ToolResult:
        """Read the text of a cell's output that was too long to be shown whole, 8,000 characters at a time.

        Args:
            cell: The cell's number.
            start: Where to begin, as the number of characters before.
            end: Where to end; by default as far as one call can show.
            pattern: Text to look for between start and end, as it is (not a regular expression). You then get the
                places where it is, with their offsets, instead of the whole text.
        """
        text = self._session.output_text(cell)
        if pattern is not None:
            return search(f"Cell {cell}", text, pattern, start, end, self._limit)
        return page(f"Cell {cell}", text, start, end, self._limit)

    async def wait_cell(self, seconds: float = 60) -> ToolResult:
        """Wait for a cell that is still running, and return its output, or what there is of it if the cell runs on.

        Args:
            seconds: How long to wait at most.
        """
        return self._show(await self._session.wait(seconds))

    async def interrupt_kernel(self) -> ToolResult:
        """Stop the cell that is running, like the stop button in Jupyter. The kernel keeps its variables."""
        result = await self._session.interrupt()
        return self._show(result) if result is not None else "The running cell was interrupted, or none was running."

    async def restart_kernel(self) -> ToolResult:
        """Start the kernel anew, when it has died or cannot be interrupted. The variables of your cells are lost.

        What was there before your first cell, such as a model, is loaded again. The cells and their outputs stay in the
        notebook.
        """
        await self._session.restart()
        return "The kernel was restarted. Your variables are gone; run again the cells that you need."

    async def notebook_outline(self) -> ToolResult:
        """List the notebook's cells in order: number, kind, first line, how it ran and the last line of its output."""
        return self._session.outline()

    def _show(self, result: CellResult) -> ToolResult:
        return render(result, suffix=self._suffix, limit=self._limit)


def _as_tool(function: _Function, names: list[str], session: NotebookSession, suffix: str, limit: int) -> Tool:
    @wraps(function)
    async def execute(*args: object, **kwargs: object) -> ToolResult:
        try:
            return await function(*args, **kwargs)
        except NotebookError as error:
            raise ToolError(_advice(error, suffix)) from error

    definition = ToolDef(execute, viewer=VIEWERS.get(function.__name__), max_output=0)
    _adapt(definition, names, suffix, {"600 seconds": f"{session.cell_timeout:g} seconds", "8,000": f"{limit:,}"})
    if suffix:
        definition.description += f" This is about the notebook {session.name!r}."
    definition.name = f"{function.__name__}{suffix}"
    return definition.as_tool()


def _adapt(definition: ToolDef, names: list[str], suffix: str, limits: dict[str, str]) -> None:
    """Let the descriptions name the tools and the limits as they are here."""
    pattern = re.compile(rf"\b({'|'.join(names)})\b")

    def adapted(text: str) -> str:
        text = pattern.sub(rf"\g<1>{suffix}", text)
        for usual, here in limits.items():
            text = text.replace(usual, here)
        return text

    definition.description = adapted(definition.description)
    parameters: ToolParams = definition.parameters
    for parameter in parameters.properties.values():
        parameter.description = adapted(parameter.description or "")


def _advice(error: NotebookError, suffix: str) -> str:
    """The error with what to do about it."""
    text = f"{str(error)[:1].upper()}{str(error)[1:]}."
    if error.kind in ("BadAnswer", "Dead", "HostGone", "NoKernel"):
        return f"{text} Use restart_kernel{suffix} to get a new kernel; all variables are lost."
    if error.kind == "Busy":
        return f"{text} Use wait_cell{suffix} to wait for it, or interrupt_kernel{suffix} to stop it."
    if error.kind == "NoAnswer":
        return f"{text} Use wait_cell{suffix} to ask again, or restart_kernel{suffix}, which loses all variables."
    return text
