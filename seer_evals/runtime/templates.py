"""Conversations as chat templates write them.

Templates refuse roles, leave messages out and put words of their own around an answer, and none of this can be asked
of them. It is found out with marks: a message is there if the mark in its content comes out again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from .conversation import MARK, Message, Messages, arrangements, marked, marked_tool, numbered, text_of
from .request import Request
from .seams import common_prefix

THINK, END_THINK = "<think>", "</think>"
PLAIN_ROLES = ("user", "assistant")
"""Roles that every template writes."""


@dataclass(frozen=True)
class Rendered:
    """A conversation as the model reads it, special tokens included."""

    text: str
    seam: int
    """Index in `text` at which a prefill begins; its length if there is none."""


@dataclass(frozen=True)
class _Template:
    tokenizer: Any
    tools: list[dict[str, Any]] | None = None

    def write(self, messages: Messages, *, opened: bool = False) -> str:
        """All messages; if `opened`, also what an answer begins with."""
        given = {"tools": self.tools} if self.tools else {}
        return str(self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=opened, **given))

    def tried(self, messages: Messages, *, opened: bool = False) -> str | None:
        """The same, or None where they are refused."""
        try:
            return self.write(messages, opened=opened)
        except Exception:  # templates refuse with errors of their own
            return None


def render(tokenizer: Any, request: Request) -> str:
    """The text that the model reads: that of `rendered`."""
    return rendered(tokenizer, request).text


def rendered(tokenizer: Any, request: Request) -> Rendered:
    """Write a conversation so that nothing of it is lost.

    A system message that the template refuses or leaves out opens the user message after it.

    Raises:
        ValueError: There are no messages, or the template leaves out tools, a call of one, or a message.
        jinja2.TemplateError: The template refuses the conversation.
    """
    if not request.messages:
        raise ValueError("there is no message to answer")
    template = _Template(tokenizer, request.tools)
    refusal: Exception | None = None
    for messages in arrangements(request.messages):
        try:
            found = _answerable(template, messages)
        except Exception as error:  # templates refuse roles with errors of their own
            refusal = error
            continue
        if all(each["role"] in PLAIN_ROLES and not each.get("tool_calls") for each in messages) and not template.tools:
            return found
        lost = _left_out(template, messages)
        if all(each["role"] != "system" for each in lost):
            _refuse_loss(template, messages, lost)
            return found
    raise refusal or ValueError("the chat template of this model leaves system messages out")


def system_prefix(tokenizer: Any, text: str) -> str:
    """What is written for a system prompt before any turn; a user turn of its own where there is no system role.

    Raises:
        ValueError: The chat template takes neither a system nor a user message.
    """
    template = _Template(tokenizer)
    if (before := _before_user(template, {"role": "system", "content": text})) is not None:
        return before
    user = {"role": "user", "content": text}
    try:
        if MARK in template.write([marked(user, MARK)]):
            return template.write([user])
        refusal = None
    except Exception as error:  # templates refuse with errors of their own
        refusal = error
    raise ValueError("the chat template takes neither a system nor a user message") from refusal


def turn_text(tokenizer: Any) -> str:
    """A short conversation with all that the template writes around turns; empty without one."""
    template = _Template(tokenizer)
    talk = [{"role": role, "content": MARK} for role in ("system", "user", "assistant")]
    closed = template.tried(talk) or template.tried(talk[1:]) or ""
    return closed + (template.tried(talk[1:2], opened=True) or "")


# --- prefills -------------------------------------------------------------------------------------------------------


def _answerable(template: _Template, messages: Messages) -> Rendered:
    """The conversation up to where the answer goes on."""
    *earlier, last = messages
    begun = last["role"] == "assistant" and not last.get("tool_calls")
    if begun and text_of(last):
        return _begun(template, earlier, last)
    text = template.write(earlier if begun else messages, opened=True)
    return Rendered(text, len(text))


def _begun(template: _Template, earlier: Messages, last: Message) -> Rendered:
    """A final assistant message without what the template would close it with."""
    said = text_of(last)
    # The tab shows whether spaces at the end survive: the mark has kept those of the prefill alive.
    head, found, rest = template.write([*earlier, marked(last, f"{MARK}\t")]).rpartition(MARK)
    header = template.write([*earlier, {**last, "content": MARK}]).rpartition(MARK)[0]
    if found and not rest.startswith("\t"):
        head = head[: len(head) - len(said) + len(said.rstrip())] if said.strip() else header
    known = bool(header) and head.startswith(header)
    if known and not said.lstrip().startswith(THINK):
        return Rendered(head, len(header))
    opening = template.write(earlier, opened=True)
    if not found or _disturbs(opening, header, head, said):
        return _continued(opening, said)
    return Rendered(head, common_prefix(head, header if known else opening))


def _disturbs(opening: str, header: str, head: str, said: str) -> bool:
    """Whether the template takes reasoning out of a prefill, or puts some of its own before it."""
    if not said.lstrip().startswith(THINK):
        return False
    return THINK in header[common_prefix(opening, header) :] or said.strip() not in head


def _continued(opening: str, said: str) -> Rendered:
    """A prefill right after what an answer begins with, which may be `<think>` already."""
    if opening.rstrip().endswith(THINK) and said.lstrip().startswith(THINK):
        said = said.lstrip().removeprefix(THINK)
        said = said.removeprefix("\n") if opening.endswith("\n") else said
    return Rendered(opening + said, len(opening))


# --- what is left out -----------------------------------------------------------------------------------------------


def _left_out(template: _Template, messages: Messages) -> Messages:
    """The messages that are not in what is written, and system messages that are there as something else."""
    marks = [marked(each, numbered(i)) for i, each in enumerate(messages)]
    text = template.tried(marks)
    if text is None:  # written without marks, so it is these that it does not take
        return []
    system = [each for each in messages if each["role"] == "system"]
    if system and _mistakes(template, marks, text):
        return system
    said = [bool(each.get("tool_calls") or text_of(each).strip()) for each in messages]
    return [each for i, each in enumerate(messages) if said[i] and numbered(i) not in text]


def _mistakes(template: _Template, messages: Messages, text: str) -> bool:
    """Whether system messages are written as if the assistant said them, or where the template has no such role."""
    as_assistant = [{**each, "role": "assistant"} if each["role"] == "system" else each for each in messages]
    if template.tried(as_assistant) == text:
        return True
    first = [{"role": "system", "content": MARK}, {"role": "user", "content": "Hello."}]
    return messages[0]["role"] != "system" and MARK not in (template.tried(first) or "")


def _refuse_loss(template: _Template, messages: Messages, lost: Messages) -> None:
    if any(each.get("tool_calls") for each in lost):
        raise ValueError("the chat template of this model leaves out calls of tools; ask it without them")
    if lost:
        roles = ", ".join(sorted({repr(each["role"]) for each in lost}))
        raise ValueError(f"the chat template of this model leaves out messages of role {roles}; ask it without them")
    if template.tools and not _takes_tools(template, template.tools, messages):
        names = ", ".join(str(tool.get("function", tool).get("name")) for tool in template.tools)
        raise ValueError(f"the chat template of this model takes no tools, so it would not see {names}; ask without")


def _takes_tools(template: _Template, tools: Sequence[Message], messages: Messages) -> bool:
    """Whether tools are written here, or at least where a user begins: some templates write them but once."""
    named = replace(template, tools=[marked_tool(tool, numbered(i)) for i, tool in enumerate(tools)])
    written = (named.tried(each, opened=True) or "" for each in (messages, [{"role": "user", "content": "Hello."}]))
    return any(all(numbered(i) in text for i in range(len(tools))) for text in written)


# --- a system prompt alone ------------------------------------------------------------------------------------------


def _before_user(template: _Template, system: Message) -> str | None:
    """A system message, cut off where the user turn begins; None if it is refused, or stands within that turn."""
    user: Message = {"role": "user", "content": numbered(1)}
    _, found, after = (template.tried([marked(system, numbered(0)), user]) or "").partition(numbered(0))
    between, reached, after = after.partition(numbered(1))
    if not (found and reached):
        return None
    whole = template.write([system, user])
    alone = template.tried([system])
    if alone and whole.startswith(alone) and numbered(0) in (template.tried([marked(system, numbered(0))]) or ""):
        return alone
    first = (template.tried([user]) or "").partition(numbered(1))[0].removeprefix(template.tokenizer.bos_token or "")
    if after.strip() and between.startswith(after):
        header = between[len(after) :]
    elif first.strip() and between.endswith(first):
        header = first
    else:
        return None
    return whole[: whole.rindex(numbered(1)) - len(header)]
