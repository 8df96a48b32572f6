"""The notebook as tools of an agent; their docstrings are what the agent reads."""

import re
from collections.abc import Awaitable, Callable
from functools import wraps

from inspect_ai.tool import Tool, ToolDef, ToolError, ToolParams, ToolResult

from seer_evals.lab.notebook._actions import Action, Asked, act
from seer_evals.lab.notebook._channel import NotebookError
from seer_evals.lab.notebook.rendering import TEXT_LIMIT, by_tool, render
from seer_evals.lab.notebook.session import NotebookSession
from seer_evals.lab.notebook.viewer import VIEWERS

_Function = Callable[..., Awaitable[ToolResult]]


def notebook_tools(session: NotebookSession, *, suffix: str = "", limit: int = TEXT_LIMIT) -> list[Tool]:
    """The tools with which an agent works in a notebook: one runs a cell, the other does all the rest.

    They are two because a schema is sent with every turn, and most of what they do is seldom needed.

    Args:
        session: The notebook.
        suffix: Appended to the tools' names, such as `_scratch`, where an agent has more than one notebook.
        limit: Characters of text that a result may have.
    """
    tools = _Tools(session, suffix, limit)
    functions: list[_Function] = [tools.run_cell, tools.notebook]
    names = [each.__name__ for each in functions]
    return [_as_tool(function, names, session, suffix, limit) for function in functions]


class _Tools:
    def __init__(self, session: NotebookSession, suffix: str, limit: int) -> None:
        self._session = session
        self._suffix = suffix
        self._limit = limit

    async def run_cell(self, code: str, timeout: float | None = None, wait: float | None = None) -> ToolResult:
        """Append a code cell and run it in the Jupyter kernel, which keeps variables from cell to cell.

        The value of the last line is shown; print(), `await`, `!command`, `%magic` and plots work, input() does not.
        You see at most 8,000 characters of a cell's text, longer text without its middle; `notebook` reads the rest,
        of which 8 MB are kept. Keep cells short, one step each, so that an error costs little.

        Args:
            code: Python.
            timeout: Seconds after which the cell is interrupted, 600 if left out; variables are kept.
            wait: Seconds after which to return though the cell runs on; `notebook` then waits for it or stops it.
        """
        result = await self._session.run(code, timeout, wait)
        return render(result, suffix=self._suffix, limit=self._limit)

    async def notebook(
        self,
        action: Action,
        cell: int | None = None,
        code: str | None = None,
        text: str | None = None,
        after: int | None = None,
        start: int = 0,
        end: int | None = None,
        timeout: float | None = None,
        wait: float | None = None,
    ) -> ToolResult:
        """Everything else. Cells keep their numbers, and variables stay whatever becomes of a cell.

        - note: a Markdown cell with `text`: what you test and why, what you conclude.
        - read: 8,000 characters of the output of `cell` from `start` on; with `text`, the places where that stands.
        - edit: give `cell` other `code` (a Markdown cell, other `text`) and run it again.
        - insert: a new cell with `code` behind the cell `after`, and run it.
        - move: put `cell` behind the cell `after`. delete: remove `cell`. outline: list the cells.
        - wait: at most `wait` seconds (60) for the cell that runs. interrupt: stop it; variables are kept.
        - restart: a new kernel, when it has died or cannot be interrupted: models are loaded again, variables are lost.

        Args:
            action: What to do.
            cell: Number of a cell.
            code: Python.
            text: Markdown; for read, what to look for.
            after: Number of a cell, 0 for the top; notes go to the end without it.
            start: Offset in characters.
            end: Offset in characters.
            timeout: As in `run_cell`.
            wait: As in `run_cell`.
        """
        given = {"cell": cell, "code": code, "text": text, "after": after}
        asked = Asked(self._session, self._suffix, self._limit, cell or 0, code, text, after, start, end, timeout, wait)
        return await act(action, asked, given)


def _as_tool(function: _Function, names: list[str], session: NotebookSession, suffix: str, limit: int) -> Tool:
    @wraps(function)
    async def execute(*args: object, **kwargs: object) -> ToolResult:
        try:
            return await function(*args, **kwargs)
        except NotebookError as error:
            raise ToolError(_advice(error, suffix)) from error

    definition = ToolDef(execute, viewer=VIEWERS[function.__name__], max_output=0)
    _adapt(definition, names, suffix, {"600": f"{session.cell_timeout:g}", "8,000": f"{limit:,}"})
    if suffix:
        definition.description += f" This is about the notebook {session.name!r}."
    definition.name = f"{function.__name__}{suffix}"
    return definition.as_tool()


def _adapt(definition: ToolDef, names: list[str], suffix: str, limits: dict[str, str]) -> None:
    """Let the descriptions name the tools and the limits as they are here."""
    pattern = re.compile(rf"`({'|'.join(names)})`")

    def adapted(text: str) -> str:
        text = pattern.sub(rf"`\g<1>{suffix}`", text)
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
    restart, wait, interrupt = (by_tool(action, suffix) for action in ("restart", "wait", "interrupt"))
    if error.kind in ("BadAnswer", "Dead", "HostGone", "NoKernel"):
        return f"{text} Use {restart} to get a new kernel; all variables are lost."
    if error.kind == "Busy":
        return f"{text} Use {wait} to wait for it, or {interrupt} to stop it."
    if error.kind == "NoAnswer":
        return f"{text} Use {wait} to ask again, or {restart}, which loses all variables."
    return text
