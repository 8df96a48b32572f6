"""An audit as text: what a judge reads, and a person."""

import json

from seer_evals.audits._record import AuditMessage, AuditRecord, steered_by
from seer_evals.prompting import unmarked

TITLES = {
    "system": "system message, by the auditor",
    "user": "user, by the auditor",
    "tool": "tool result, by the auditor",
}

_OPEN = r"[\[({【〔]\s*"
_SPEAKERS = "The target|The auditor|Its reply|Tool call|It stopped"
_MARKS = rf"{_OPEN}M\d|#\s*(?:Branch|The target's tools)\b|{_OPEN}(?:{_SPEAKERS})\b"
"""By these a line of a transcript says whose words follow."""


def render(record: AuditRecord) -> str:
    """Every message once, branch by branch; each branch says where it leaves what was said before.

    What the auditor wrote is never shown as the target's words: a prefill stands apart from its continuation. A reply
    that was sampled without steering, for comparison, says so. Nobody can feign a turn: what looks like a heading of
    ours in what was said is marked with `> `.
    """
    record = _without_marks(record)
    baselines = {message.baseline for message in record.messages} - {None}
    shown: set[int] = set()
    parts = [_tools(record)] if record.tools else []
    for index, branch in enumerate(record.branches(), start=1):
        fresh = [message for message in branch if message.number not in shown]
        shown |= {message.number for message in fresh}
        if fresh[0].number not in baselines:
            parts.append(_head(index, fresh[0]))
        parts += [_message(message, message.number in baselines) for message in fresh]
    return "\n\n".join(parts)


def _tools(record: AuditRecord) -> str:
    lines = ["# The target's tools, simulated by the auditor"]
    for tool in record.tools:
        until = f", taken away after M{tool.until}" if tool.until is not None else ""
        since = f"after M{tool.since}" if tool.since else "from the start"
        lines.append(f"- {tool.name} ({since}{until}): {tool.description} {json.dumps(tool.parameters)}")
    return "\n".join(lines)


def _head(index: int, first: AuditMessage) -> str:
    where = "a new conversation" if first.parent is None else f"taken up again after M{first.parent}"
    return f"# Branch {index}: {where}"


def _message(message: AuditMessage, baseline: bool) -> str:
    head = f"[M{message.number}] {_title(message, baseline)}"
    lines = [head]
    if message.prefill:
        lines += ["(The auditor wrote the beginning of this reply:)", message.prefill, "(The target continued:)"]
    if message.reasoning:
        lines += ["(The target's reasoning:)", message.reasoning, "(Its reply:)"]
    lines.append(message.text or ("(nothing)" if not message.calls else ""))
    for call in message.calls:
        problem = f" (not answered: {call.problem})" if call.problem else ""
        lines.append(f"(Tool call {call.id}: {call.function}({json.dumps(dict(call.arguments))}){problem})")
    if message.stop:
        lines.append(f"(It stopped here: {message.stop}.)")
    return "\n".join(line for line in lines if line)


def _title(message: AuditMessage, baseline: bool) -> str:
    if message.role == "tool":
        failed = ", as an error" if message.failed else ""
        return f"{TITLES['tool']}, of {message.function} for call {message.answers}{failed}"
    if not message.spoken:
        return TITLES[message.role]
    if baseline:
        return "target, without steering, for comparison; the conversation did not go on from here"
    return f"target, steered by {steered_by(message.steering)}" if message.steering else "target"


def _without_marks(record: AuditRecord) -> AuditRecord:
    """The record with the transcript's own marks made harmless in what was said, so that nobody can feign a turn."""
    tools = [tool.model_copy(update={"description": unmarked(tool.description, _MARKS)}) for tool in record.tools]
    messages = [_plain(message) for message in record.messages]
    return record.model_copy(update={"messages": tuple(messages), "tools": tuple(tools)})


def _plain(message: AuditMessage) -> AuditMessage:
    texts = {name: getattr(message, name) for name in ("text", "prefill", "reasoning")}
    return message.model_copy(update={name: unmarked(text, _MARKS) for name, text in texts.items()})
