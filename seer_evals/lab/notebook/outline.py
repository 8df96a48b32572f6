"""The notebook at a glance, for an agent that has lost track."""

from collections.abc import Sequence
from typing import Any

from seer_evals.lab.notebook._text import plain

_WIDTH = 100
_NOTES = {
    "error": "error",
    "timeout": "interrupted at its time limit",
    "interrupted": "interrupted",
    "dead": "the kernel died here",
    "lost": "result lost",
    "running": "running",
}


def outline(cells: Sequence[dict[str, Any]], kernel: int) -> str:
    """One line for each cell, in order, and one for its outcome; `kernel` counts the kernel's restarts from 1."""
    if not cells:
        return "The notebook is empty."
    return "\n".join(line for cell in cells for line in _lines(cell, kernel))


def _lines(cell: dict[str, Any], kernel: int) -> list[str]:
    facts = cell["metadata"]["seer"]
    source = cell["source"].strip().splitlines()
    first = source[0][:_WIDTH] if source else "(empty)"
    more = f"  (+{len(source) - 1} lines)" if len(source) > 1 else ""
    if cell["cell_type"] == "markdown":
        return [f"Cell {facts['number']} (text): {first}{more}"]
    status = facts.get("status")
    notes = [_NOTES[status]] if status in _NOTES else [] if status else ["not run"]
    if facts.get("kernel", kernel) != kernel:
        notes.append("ran before the kernel was restarted")
    remark = f" [{'; '.join(notes)}]" if notes else ""
    lines = [f"Cell {facts['number']} (code){remark}: {first}{more}"]
    if shown := _outcome(cell["outputs"]):
        lines.append(f"    -> {shown[:_WIDTH]}")
    return lines


def _outcome(outputs: Sequence[dict[str, Any]]) -> str:
    """The last line of the last output."""
    if not outputs:
        return ""
    last = outputs[-1]
    if last["output_type"] == "error":
        return f"{last['ename']}: {plain(last['evalue']).strip()}".splitlines()[0]
    data = last.get("data", {})
    if image := next((mime for mime in data if mime.startswith("image/")), None):
        return f"({image})"
    text = plain(str(last.get("text") or data.get("text/plain", ""))).strip()
    return text.splitlines()[-1] if text else ""
