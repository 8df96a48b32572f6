"""A conversation as text, for someone who reads along."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from inspect_ai.model import ChatMessage, ChatMessageAssistant, ChatMessageTool

from seer_evals.prompting import shortened, unmarked

LIMIT = 30_000
"""Characters of a conversation."""
EACH = 4_000
"""Characters of one message."""
_MARKS = r"#+\s*(?:investigator|result of|said to)\b|→"
"""By these a line says whose words follow, and what was called."""


def as_text(messages: Iterable[ChatMessage], limit: int = LIMIT) -> str:
    """What was said, done and seen, each message under a heading; system messages are left out."""
    parts = [_part(message) for message in messages if message.role != "system"]
    return shortened("\n\n".join(parts), limit) or "(nothing)"


def replies(messages: Iterable[ChatMessage]) -> int:
    """How often the agent has spoken."""
    return sum(isinstance(message, ChatMessageAssistant) for message in messages)


def code_or_arguments(arguments: Mapping[str, Any]) -> str:
    """What was handed to a tool, with code as code."""
    code = arguments.get("code")
    rest = {name: value for name, value in arguments.items() if name != "code"}
    written = json.dumps(rest, ensure_ascii=False, default=str) if rest else ""
    return "\n".join(filter(None, [written, code if isinstance(code, str) else ""]))


def _part(message: ChatMessage) -> str:
    if isinstance(message, ChatMessageAssistant):
        calls = [f"→ {each.function}\n{_words(code_or_arguments(each.arguments))}" for each in message.tool_calls or ()]
        return "## Investigator\n" + shortened("\n".join(filter(None, [_words(message.text), *calls])), EACH)
    if isinstance(message, ChatMessageTool):
        said = f"Error: {message.error.message}" if message.error else message.text
        return f"## Result of {message.function}\n{shortened(_words(said), EACH)}"
    return f"## Said to the investigator\n{shortened(_words(message.text), EACH)}"


def _words(text: str) -> str:
    """What somebody said, unable to feign another's words."""
    return unmarked(text, _MARKS)
