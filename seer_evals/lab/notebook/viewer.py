"""How the notebook's tool calls look in the log viewer: code as highlighted Python, text as Markdown."""

from inspect_ai.tool import ToolCall, ToolCallContent, ToolCallView, ToolCallViewer


def _code(title: str) -> ToolCallViewer:
    """A viewer of the argument `code`."""

    def viewer(call: ToolCall) -> ToolCallView:
        code = str(call.arguments.get("code", "")).strip()
        fence = "`" * max(3, _longest_run(code) + 1)
        return _view(title, f"{fence}python\n{code}\n{fence}\n")

    return viewer


def _action(call: ToolCall) -> ToolCallView:
    """What is done with which cell; then the code, or the text as it will look."""
    places = " ".join(f"{name} {call.arguments[name]}" for name in ("cell", "after") if name in call.arguments)
    title = f"{call.arguments.get('action', '?')} {places}".strip()
    if call.arguments.get("code"):
        return _code(title)(call)
    return _view(title, str(call.arguments.get("text") or ""))


def _longest_run(text: str) -> int:
    return max((len(run) for run in text.replace("\n", " ").split() if set(run[:1]) == {"`"}), default=0)


def _view(title: str, content: str) -> ToolCallView:
    return ToolCallView(call=ToolCallContent(title=title, format="markdown", content=content))


VIEWERS = {"run_cell": _code("run cell"), "notebook": _action}
"""Viewers by tool name."""
