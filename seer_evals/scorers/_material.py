"""What a report cites as evidence: cells of notebooks, and messages."""

import json
from collections.abc import Mapping
from typing import Any

from inspect_ai.model import ChatMessage, ChatMessageAssistant
from inspect_ai.solver import TaskState

from seer_evals.audits import AuditRecord, load_audit, render
from seer_evals.lab import NOTEBOOKS_KEY
from seer_evals.lab.notebook import cell_by_number
from seer_evals.plain_text import shown
from seer_evals.prompting import unmarked
from seer_evals.reports import Evidence

AROUND = 2
"""Messages shown on each side of a cited one: an agent cannot see the numbers of its messages, and miscounts."""
LIMIT = 16_000
"""Characters of one cell or message; agents are shown half as much of a cell, so what they saw is there."""
_ROLES = r"(?:system|user|assistant|tool)\b"
MARKS = rf"cell \d+\s*\(|its output\s*:|\[\s*\d+\s*\]\s*{_ROLES}|\[\s*{_ROLES}|\(calls |call of |what ran\s*:"
"""By these a line says what follows: a cell, its output, a message, a call, what the laboratory recorded."""


def cited(state: TaskState, evidence: Evidence) -> str | None:
    """The cell or message that a piece of evidence names, as text; None if there is none of this number."""
    found = _cell(state, evidence.number) if evidence.kind == "cell" else _message(state, evidence.number)
    return _short(found) if found is not None else None


def _cell(state: TaskState, number: int) -> str | None:
    notebooks: Mapping[str, Any] = state.store.get(NOTEBOOKS_KEY, {})
    for notebook in notebooks.values():
        if (cell := cell_by_number(notebook, number)) is not None:
            source = plain(cell["source"])
            outputs = "\n".join(_output(each) for each in cell.get("outputs", []))
            if cell["cell_type"] == "markdown":
                return f"Cell {number} (text):\n{source}"
            return f"Cell {number} (code):\n{source}\n\nIts output:\n{outputs or '(none)'}"
    return None


def _output(output: Mapping[str, Any]) -> str:
    if output["output_type"] == "stream":
        return plain(str(output["text"])).rstrip("\n")
    if output["output_type"] == "error":
        return plain(f"{output['ename']}: {output['evalue']}").rstrip("\n")
    data = output.get("data", {})
    image = next((f"({mime})" for mime in data if mime.startswith("image/")), "")
    return plain("\n".join(part for part in (image, str(data.get("text/plain", ""))) if part)).rstrip("\n")


def _message(state: TaskState, number: int) -> str | None:
    record = load_audit(state.store)
    if record is not None:
        return _audit_message(record, number)
    if number >= len(state.messages):
        return None
    first = max(0, number - AROUND)
    around = state.messages[first : number + AROUND + 1]
    listed = "\n\n".join(_numbered(first + i, message) for i, message in enumerate(around))
    return f"Message {number}, and those around it (numbered from 0):\n\n{listed}"


def _audit_message(record: AuditRecord, number: int) -> str | None:
    """A message of an audit and what came before it on its branch, for these give it its sense."""
    if number not in {message.number for message in record.messages}:
        return None
    first, *rest = record.path(number)[-AROUND - 1 :]
    alone = [first.model_copy(update={"parent": None, "baseline": None})]
    alone += [message.model_copy(update={"baseline": None}) for message in rest]
    return f"Message M{number}, after those before it:\n\n{render(AuditRecord(messages=tuple(alone)))}"


def _numbered(index: int, message: ChatMessage) -> str:
    calls = message.tool_calls or [] if isinstance(message, ChatMessageAssistant) else []
    lines = [f"[{index}] {message.role}:", plain(message.text)]
    lines += [f"(calls {call.function}({json.dumps(call.arguments, ensure_ascii=False)}))" for call in calls]
    return "\n".join(line for line in lines if line)


def plain(text: str) -> str:
    """An agent's words without what a terminal obeys, and unable to feign another cell, output or message."""
    return unmarked(shown(text), MARKS)


def _short(text: str) -> str:
    if len(text) <= LIMIT:
        return text
    begin, end = LIMIT * 2 // 3, LIMIT // 3
    return f"{text[:begin]}\n[… {len(text) - begin - end} characters are left out here …]\n{text[-end:]}"
