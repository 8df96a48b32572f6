"""How the notebook's tool calls look in the log viewer: code as highlighted Python, text as Markdown."""

from inspect_ai.tool import ToolCall, ToolCallContent, ToolCallView, ToolCallViewer


def _code(title: str) -> ToolCallViewer:
    """A viewer of the argument `code`; `title` may name other arguments in braces."""

    def viewer(call: ToolCall) -> ToolCallView:
        code = str(call.arguments.get("code", "")).strip()
        fence = "`" * max(3, _longest_run(code) + 1)
        return _view(_filled(title, call), f"{fence}python\n{code}\n{fence}\n")

    return viewer


def _text(title: str) -> ToolCallViewer:
    def viewer(call: ToolCall) -> ToolCallView:
        return _view(title, str(call.arguments.get("text", "")))

    return viewer


def _longest_run(text: str) -> int:
    return max((len(run) for run in text.replace("\n", " ").split() if set(run[:1]) == {"`"}), default=0)


def _filled(title: str, call: ToolCall) -> str:
    return title.format_map({"number": "?", "after": "?", **call.arguments})


def _view(title: str, content: str) -> ToolCallView:
    return ToolCallView(call=ToolCallContent(title=title, format="markdown", content=content))


VIEWERS = {
    "run_cell": _code("run cell"),
    "edit_cell": _code("edit cell {number}"),
    "insert_cell": _code("insert cell after {after}"),
    "add_markdown": _text("text cell"),
}
"""Viewers by tool name; the other tools have no argument that needs one."""
