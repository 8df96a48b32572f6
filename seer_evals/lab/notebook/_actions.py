"""What the tool `notebook` does: each action a function of the session and of what was asked."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from inspect_ai.tool import ToolResult

from seer_evals.lab.notebook._channel import NotebookError
from seer_evals.lab.notebook.paging import page, search
from seer_evals.lab.notebook.rendering import render
from seer_evals.lab.notebook.result import CellResult
from seer_evals.lab.notebook.session import NotebookSession

Action = Literal["note", "read", "edit", "insert", "move", "delete", "outline", "wait", "interrupt", "restart"]
WAIT = 60.0
"""Seconds that `wait` waits if nothing else is said."""
NEEDS: Mapping[str, tuple[str, ...]] = {
    "note": ("text",),
    "read": ("cell",),
    "edit": ("cell",),
    "insert": ("after", "code"),
    "move": ("cell", "after"),
    "delete": ("cell",),
}
"""Arguments without which an action makes no sense."""


@dataclass(frozen=True)
class Asked:
    """One call: what is to be done and with what, for whom the result is rendered."""

    session: NotebookSession
    suffix: str
    limit: int
    cell: int = 0
    code: str | None = None
    text: str | None = None
    after: int | None = None
    start: int = 0
    end: int | None = None
    timeout: float | None = None
    wait: float | None = None


async def act(action: Action, asked: Asked, given: Mapping[str, object]) -> ToolResult:
    """Do it.

    Args:
        action: What.
        asked: With what.
        given: The arguments as they came, to see which are missing.

    Raises:
        NotebookError: An argument is missing, or it cannot be done.
    """
    if missing := [name for name in NEEDS.get(action, ()) if given.get(name) is None]:
        raise NotebookError(f"the action {action!r} needs {' and '.join(map(repr, missing))}")
    return await _ACTIONS[action](asked)


async def _note(asked: Asked) -> ToolResult:
    return f"Cell {await asked.session.markdown(asked.text or '', asked.after)} holds the text."


async def _read(asked: Asked) -> ToolResult:
    name, output = f"Cell {asked.cell}", asked.session.output_text(asked.cell)
    if asked.text is not None:
        return search(name, output, asked.text, asked.start, asked.end, asked.limit)
    return page(name, output, asked.start, asked.end, asked.limit)


async def _edit(asked: Asked) -> ToolResult:
    is_code = asked.session.is_code(asked.cell)
    content = asked.code if is_code or asked.text is None else asked.text
    if content is None:
        raise NotebookError(f"cell {asked.cell} needs its new content as {'code' if is_code else 'text'}")
    result = await asked.session.edit(asked.cell, content, asked.timeout, asked.wait)
    return _shown(asked, result) if is_code else f"Cell {asked.cell} has the new text."


async def _insert(asked: Asked) -> ToolResult:
    return _shown(asked, await asked.session.insert(asked.after or 0, asked.code or "", asked.timeout, asked.wait))


async def _move(asked: Asked) -> ToolResult:
    await asked.session.move(asked.cell, asked.after or 0)
    return f"Cell {asked.cell} is moved {f'behind cell {asked.after}' if asked.after else 'to the top'}."


async def _delete(asked: Asked) -> ToolResult:
    await asked.session.delete(asked.cell)
    return f"Cell {asked.cell} is deleted."


async def _outline(asked: Asked) -> ToolResult:
    return asked.session.outline()


async def _wait(asked: Asked) -> ToolResult:
    return _shown(asked, await asked.session.wait(WAIT if asked.wait is None else asked.wait))


async def _interrupt(asked: Asked) -> ToolResult:
    result = await asked.session.interrupt()
    return _shown(asked, result) if result is not None else "The running cell was interrupted, or none was running."


async def _restart(asked: Asked) -> ToolResult:
    await asked.session.restart()
    return "The kernel was restarted. Your variables are gone; run again the cells that you need."


def _shown(asked: Asked, result: CellResult) -> ToolResult:
    return render(result, suffix=asked.suffix, limit=asked.limit)


_ACTIONS: Mapping[Action, Callable[[Asked], Awaitable[ToolResult]]] = {
    "note": _note,
    "read": _read,
    "edit": _edit,
    "insert": _insert,
    "move": _move,
    "delete": _delete,
    "outline": _outline,
    "wait": _wait,
    "interrupt": _interrupt,
    "restart": _restart,
}
