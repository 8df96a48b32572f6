"""Room in a small context window: older results are cut to their beginning."""

from collections.abc import Sequence

from inspect_ai.model import ChatMessage, ChatMessageUser

RESULT = "TOOL_RESULT:"
SHORT = 200
"""Characters that are kept of an older result."""


def shorten(messages: Sequence[ChatMessage], keep: int) -> list[ChatMessage]:
    """The conversation with all but the last `keep` results cut; what the model itself wrote stays whole."""
    results = [i for i, message in enumerate(messages) if isinstance(message, ChatMessageUser) and _is_result(message)]
    old = set(results[: max(0, len(results) - keep)])
    return [_cut(message) if i in old else message for i, message in enumerate(messages)]


def _is_result(message: ChatMessage) -> bool:
    return message.text.startswith(RESULT)


def _cut(message: ChatMessage) -> ChatMessage:
    if len(message.text) <= SHORT:
        return message
    return ChatMessageUser(content=f"{message.text[:SHORT]} … (the rest of this older result was left out)")
