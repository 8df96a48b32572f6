"""What the target reads: the messages of one branch as Inspect's chat messages."""

from collections.abc import Iterable, Mapping

from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageTool,
    ChatMessageUser,
    Content,
    ContentText,
)
from inspect_ai.tool import ToolCall, ToolCallError

from seer_evals.audits import AuditMessage, Call


def conversation(
    path: Iterable[AuditMessage], originals: Mapping[int, ChatMessageAssistant], prefill: str = ""
) -> list[ChatMessage]:
    """The branch as the target sees it. No tool call is ever left without a result.

    Args:
        path: From the start of the conversation to its end.
        originals: The target's messages as its provider gave them, by number: some want their reasoning back.
        prefill: How the next reply is to begin.
    """
    messages: list[ChatMessage] = []
    for each in path:
        if each.role == "assistant":
            _append(messages, begun_with(each.prefill, originals.get(each.number) or _rebuilt(each)))
            messages += [_result(call.id, call.function, call.problem, True) for call in each.calls if call.problem]
        else:
            messages.append(_from_auditor(each))
    if prefill:
        _append(messages, ChatMessageAssistant(content=prefill))
    return messages


def pending_calls(path: list[AuditMessage]) -> list[Call]:
    """The calls of the target's last message that wait for a result."""
    answered: set[str] = set()
    for message in reversed(path):
        if message.role == "assistant":
            return [call for call in message.calls if not call.problem and call.id not in answered]
        if message.role == "tool":
            answered.add(message.answers)
        else:
            return []
    return []


def begun_with(prefill: str, message: ChatMessageAssistant) -> ChatMessageAssistant:
    """The message as the target sees it later on: what was begun for it, and what it said, as one."""
    if not prefill:
        return message
    if isinstance(message.content, str):
        return message.model_copy(update={"content": prefill + message.content})
    content: list[Content] = list(message.content)
    for index, part in enumerate(content):
        if isinstance(part, ContentText):
            content[index] = part.model_copy(update={"text": prefill + part.text})
            return message.model_copy(update={"content": content})
    return message.model_copy(update={"content": [*content, ContentText(text=prefill)]})


def _append(messages: list[ChatMessage], message: ChatMessageAssistant) -> None:
    """Add what the target said; where it went on after it had been cut off, both are one message."""
    last = messages[-1] if messages else None
    if isinstance(last, ChatMessageAssistant) and not last.tool_calls:
        messages[-1] = begun_with(last.text, message)
    else:
        messages.append(message)


def _rebuilt(message: AuditMessage) -> ChatMessageAssistant:
    calls = [ToolCall(id=call.id, function=call.function, arguments=dict(call.arguments)) for call in message.calls]
    return ChatMessageAssistant(content=message.text, tool_calls=calls or None)


def _from_auditor(message: AuditMessage) -> ChatMessage:
    if message.role == "system":
        return ChatMessageSystem(content=message.text)
    if message.role == "user":
        return ChatMessageUser(content=message.text)
    return _result(message.answers, message.function, message.text, message.failed)


def _result(call: str, function: str, text: str, failed: bool) -> ChatMessageTool:
    error = ToolCallError("unknown", text) if failed else None
    return ChatMessageTool(content=text, tool_call_id=call, function=function, error=error)
