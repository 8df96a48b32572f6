"""What an agent did, as text: its cells, or where it had none, its tool calls and what came back."""

import json
from typing import Any

from inspect_ai.model import ChatMessageAssistant
from inspect_ai.solver import TaskState

from seer_evals.lab import NOTEBOOKS_KEY
from seer_evals.reports import Evidence
from seer_evals.scorers._material import cited, plain

LIMIT = 60_000
"""Characters of the work that a judge reads; the middle is left out."""


def code_of(state: TaskState) -> str:
    """The code that it ran: the sources of all code cells and the arguments of all tool calls, without outputs."""
    cells = [cell["source"] for cell in _cells(state) if cell["cell_type"] == "code"]
    return "\n\n".join([*cells, *(text for _, text in _calls(state))])


def work_of(state: TaskState) -> str:
    """Cells with their outputs, shortened to `LIMIT`; without any cells, the messages."""
    numbers = [cell["metadata"]["seer"]["number"] for cell in _cells(state)]
    parts = [cited(state, Evidence(kind="cell", number=number, shows="it")) or "" for number in numbers]
    if not parts:
        parts = [f"[{message.role}] {plain(message.text)}" for message in state.messages[1:]]
        parts += [f"call of {name}: {plain(text)}" for name, text in _calls(state)]
    return _short("\n\n---\n\n".join(parts) or "(nothing)")


def _cells(state: TaskState) -> list[dict[str, Any]]:
    notebooks: dict[str, Any] = state.store.get(NOTEBOOKS_KEY, {})
    return [cell for notebook in notebooks.values() for cell in notebook["cells"]]


def _calls(state: TaskState) -> list[tuple[str, str]]:
    """Tool calls other than those of cells, which the notebook has, and of the report."""
    if _cells(state):
        return []
    return [
        (call.function, "\n".join(v if isinstance(v, str) else json.dumps(v) for v in call.arguments.values()))
        for message in state.messages
        if isinstance(message, ChatMessageAssistant)
        for call in message.tool_calls or []
        if call.function != "submit_report"
    ]


def _short(text: str) -> str:
    if len(text) <= LIMIT:
        return text
    half = LIMIT // 2
    return f"{text[:half]}\n[… {len(text) - LIMIT} characters are left out here …]\n{text[-half:]}"
