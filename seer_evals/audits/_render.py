"""An audit as text: what a judge reads, and a person."""

import json

from seer_evals.audits._record import AuditMessage, AuditRecord, steered_by

TITLES = {
    "system": "system message, by the auditor",
    "user": "user, by the auditor",
    "tool": "tool result, by the auditor",
    "files": "files that were put into the target's directory, by the auditor",
}
REAL = {
    "tool": "result of the target's own tool, from its sandbox",
    "files": "target, what was changed in its directory while it worked",
}

AGENT = "# The target is {agent}, a command-line agent in a sandbox of its own: what its tools did, they did"

_OPEN = r"[\[({【〔]\s*"
_SPEAKERS = "The target|The auditor|Its reply|Tool call|It stopped"
_MARKS = rf"{_OPEN}M\d|#\s*(?:Branch|The target's tools|The target is)\b|{_OPEN}(?:{_SPEAKERS})\b"
"""By these a line of a transcript says whose words follow."""


def render(record: AuditRecord) -> str:
    """Every message once, branch by branch; each branch says where it leaves what was said before.

    What the auditor wrote is never shown as the target's words: a prefill stands apart from its continuation. A reply
    that was sampled without steering stands before the steered one that it is compared with. Nobody can feign a turn:
    what looks like a heading of ours in what was said is marked with `> `.
    """
    record = _without_marks(record)
    shown: set[int] = set()
    parts = [AGENT.format(agent=record.agent)] if record.agent else []
    parts += [_tools(record)] if record.tools else []
    for index, branch in enumerate(record.branches(), start=1):
        fresh = [message for message in branch if message.number not in shown]
        parts.append(_head(index, fresh[0]))
        for message in fresh:
            beside = [record.message(message.baseline)] if message.baseline is not None else []
            listed = [each for each in (*beside, message) if each.number not in shown]
            parts += [_message(each, record) for each in listed]
            shown |= {each.number for each in listed}
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


def _message(message: AuditMessage, record: AuditRecord) -> str:
    lines = [f"[M{message.number}] {_title(message, record)}"]
    if message.prefill:
        lines += ["(The auditor wrote the beginning of this reply:)", message.prefill, "(The target continued:)"]
    if message.reasoning:
        lines += ["(The target's reasoning:)", message.reasoning, "(Its reply:)"]
    lines.append(message.text or ("(nothing)" if not message.calls else ""))
    for call in message.calls:
        problem = f" (answered with an error: {call.problem})" if call.problem else ""
        lines.append(f"(Tool call {call.id}: {call.function}({json.dumps(dict(call.arguments))}){problem})")
    if message.stop:
        lines.append(f"(It stopped here: {message.stop}.)")
    return "\n".join(line for line in lines if line)


def _title(message: AuditMessage, record: AuditRecord) -> str:
    titles = REAL if message.real else TITLES
    if message.role == "tool":
        failed = ", as an error" if message.failed else ""
        return f"{titles['tool']}, of {message.function} for call {message.answers}{failed}"
    if not message.spoken:
        return titles[message.role]
    if message.number in record.comparisons:
        return f"target, without steering, for comparison with {_compared(message, record)}"
    if not message.steering:
        return "target"
    beside = f" (without steering, at the same point: M{message.baseline})" if message.baseline is not None else ""
    return f"target, steered by {steered_by(message.steering)}{beside}"


def _compared(message: AuditMessage, record: AuditRecord) -> str:
    """The steered reply that an unsteered one stands beside, and whether the conversation went on from this one."""
    steered = next(each.number for each in record.messages if each.baseline == message.number)
    followed = any(each.parent == message.number for each in record.messages)
    end = "was also taken up again from here" if followed else "did not go on from here"
    return f"M{steered}; the conversation {end}"


def _without_marks(record: AuditRecord) -> AuditRecord:
    """The record with the transcript's own marks made harmless in what was said, so that nobody can feign a turn."""
    tools = [tool.model_copy(update={"description": _harmless(tool.description)}) for tool in record.tools]
    messages = [_plain(message) for message in record.messages]
    return record.model_copy(update={"messages": tuple(messages), "tools": tuple(tools)})


def _plain(message: AuditMessage) -> AuditMessage:
    texts = {name: getattr(message, name) for name in ("text", "prefill", "reasoning")}
    return message.model_copy(update={name: _harmless(text) for name, text in texts.items()})


def _harmless(text: str) -> str:
    from seer_evals.prompting import unmarked  # with Inspect: seconds, which a list of seeds need not wait

    return unmarked(text, _MARKS)
