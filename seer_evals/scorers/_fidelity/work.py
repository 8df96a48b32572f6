"""What an agent did, as text for judges: its cells, or where it had none, its tool calls and what came back."""

import json
from typing import Any

from inspect_ai.model import ChatMessageAssistant
from inspect_ai.solver import TaskState

from seer_evals.lab import ASKED_KEY, NOTEBOOKS_KEY
from seer_evals.reports import Evidence
from seer_evals.scorers._fidelity.record import in_words
from seer_evals.scorers._material import cited, plain

LIMIT = 60_000
"""Characters of the work that a judge reads; the middle is left out."""
MARK = "What ran: "
READS = 12
"""States of models that are shown for one cell."""


def work_of(state: TaskState) -> str:
    """Cells with their outputs and what ran in them, shortened to `LIMIT`; without any cells, the messages."""
    parts = [_cell(state, cell) for cell in _cells(state)]
    if not parts:
        parts = [f"[{message.role}] {plain(message.text)}" for message in state.messages[1:]]
        parts += [f"call of {name}: {plain(text)}" for name, text in _calls(state)]
    asked: list[dict[str, Any]] = state.store.get(ASKED_KEY, [])
    parts += [f"{MARK}{in_words(read)}" for read in asked]
    return _short("\n\n---\n\n".join(parts) or "(nothing)")


def _cell(state: TaskState, cell: dict[str, Any]) -> str:
    about = cell["metadata"]["seer"]
    shown = cited(state, Evidence(kind="cell", number=about["number"], shows="it")) or ""
    ran = about.get("ran", [])
    lines = [f"{MARK}{in_words(read)}" for read in ran[:READS]]
    lines += [f"{MARK}{len(ran) - READS} more states"] if len(ran) > READS else []
    return "\n".join([shown, *lines])


def _cells(state: TaskState) -> list[dict[str, Any]]:
    notebooks: dict[str, Any] = state.store.get(NOTEBOOKS_KEY, {})
    return [cell for notebook in notebooks.values() for cell in notebook["cells"]]


def _calls(state: TaskState) -> list[tuple[str, str]]:
    """Tool calls other than that of the report."""
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
