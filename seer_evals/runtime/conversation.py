"""Chat messages, rearranged and marked: what `templates.py` tries on a chat template."""

import secrets
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

Message = dict[str, Any]
Messages = list[Message]

MARK = f"mark{secrets.token_hex(8)}"
"""Survives trimming and JSON; no text contains it by chance or on purpose."""


def text_of(message: Message) -> str:
    """The text of a message, whose content is a string or a list of parts."""
    content = message.get("content") or ""
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


def numbered(i: int) -> str:
    """A mark of which none is the beginning of another."""
    return f"{MARK}{i}e"


def marked(message: Message, mark: str) -> Message:
    """The message with a mark after its text, or in the names of the tools that it calls."""
    if calls := message.get("tool_calls"):
        return {**message, "tool_calls": [marked_tool(call, mark) for call in calls]}
    content = message.get("content") or ""
    if isinstance(content, str):
        return {**message, "content": content + mark}
    last = max((i for i, part in enumerate(content) if "text" in part), default=None)
    parts = [{**part, "text": part["text"] + mark} if i == last else part for i, part in enumerate(content)]
    return {**message, "content": parts}


def marked_tool(tool: Message, mark: str) -> Message:
    """The tool, or the call of one, with a mark after its name."""
    if "function" in tool:
        return {**tool, "function": marked_tool(tool["function"], mark)}
    return {**tool, "name": f"{tool.get('name')}{mark}"}


def arrangements(messages: Messages) -> Iterator[Messages]:
    """The conversation as it stands, and then with system messages where more and more templates take them."""
    yield messages
    tried = [messages]
    for arrange in (_merged, partial(_folded, first=1), _folded):
        if (found := arrange(messages)) not in tried:
            tried.append(found)
            yield found


def _merged(messages: Messages) -> Messages:
    """System messages that follow one another as one."""
    found: Messages = []
    for each in messages:
        if found and found[-1]["role"] == each["role"] == "system":
            found[-1] = {**each, "content": _paragraphs([text_of(found[-1]), text_of(each)])}
        else:
            found.append(each)
    return found


def _folded(messages: Messages, first: int = 0) -> Messages:
    """System messages, all or those from the second on, as the beginning of the user message after them."""
    merged = _merged(messages)
    found = merged[:first]
    waiting: list[str] = []
    for each in merged[first:]:
        if each["role"] == "system":
            waiting.append(text_of(each))
            continue
        if each["role"] != "user":
            _add_user(found, waiting)
        elif waiting:
            each = {**each, "content": _opened_with(_paragraphs(waiting), each["content"])}
        waiting = []
        found.append(each)
    _add_user(found, waiting)
    return found


def _add_user(found: Messages, waiting: list[str]) -> None:
    """Say what no user message follows in the one before, or in one of its own."""
    text = _paragraphs(waiting)
    if text and found and found[-1]["role"] == "user":
        found[-1] = {**found[-1], "content": _closed_with(found[-1]["content"], text)}
    elif text:
        found.append({"role": "user", "content": text})


def _opened_with(text: str, content: Any) -> Any:
    if isinstance(content, str):
        return _paragraphs([text, content])
    return [{"type": "text", "text": f"{text}\n\n"}, *content] if text else content


def _closed_with(content: Any, text: str) -> Any:
    if isinstance(content, str):
        return _paragraphs([content, text])
    return [*content, {"type": "text", "text": f"\n\n{text}"}]


def _paragraphs(texts: Sequence[str]) -> str:
    return "\n\n".join(text for text in texts if text.strip())
