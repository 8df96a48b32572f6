"""What control tokens say in a reply, read before they are taken out of its text.

Tokens around turns say nothing in a reply and are left out. All others are kept as they are written, since a text
without them would run one part into another, but for two that are told in one form whatever the model's own is:
reasoning, between `<think>` and `</think>`, and the channels of harmony models (gpt-oss), whose analysis is reasoning
and whose calls of tools stand between `<tool_call>` and `</tool_call>`.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .seams import decoded, text_after
from .templates import END_THINK, THINK, turn_text

REASONING = {
    "[THINK]": THINK,
    "[/THINK]": END_THINK,
    "<|START_THINKING|>": THINK,
    "<|END_THINKING|>": END_THINK,
    "<|begin_of_thought|>": THINK,
    "<|end_of_thought|>": END_THINK,
    "<seed:think>": THINK,
    "</seed:think>": END_THINK,
    "◁think▷": THINK,
    "◁/think▷": END_THINK,
}
"""How models that do not say `<think>` set reasoning apart, if it is one of their tokens."""
HARMONY = ("<|start|>", "<|channel|>", "<|constrain|>", "<|message|>", "<|end|>", "<|call|>", "<|return|>")
BODY, HEADERS = "<|message|>", ("<|start|>", "<|channel|>", "<|constrain|>")


@dataclass(frozen=True)
class Controls:
    """The control tokens of a tokenizer."""

    around: frozenset[int]
    """Those around turns, and those that pad, begin and end texts."""
    reasoning: dict[str, str]
    """Own marks of reasoning, and what they are told as."""
    channels: dict[int, str]
    """Those of a harmony model; empty for others."""


def controls(tokenizer: Any) -> Controls:
    """The control tokens of a tokenizer with its chat template as they are now."""
    return _controls(tokenizer, str(tokenizer.chat_template), len(tokenizer))


@lru_cache(maxsize=16)
def _controls(tokenizer: Any, template: str, size: int) -> Controls:
    added = {int(i): token for i, token in tokenizer.added_tokens_decoder.items()}
    names = {token.content: i for i, token in added.items()}
    written = turn_text(tokenizer) if tokenizer.chat_template else ""
    named = {getattr(tokenizer, f"{name}_token", None) for name in ("bos", "eos", "pad", "unk", "sep", "cls", "mask")}
    told = {THINK, END_THINK, *REASONING}
    around = {
        i
        for i, token in added.items()
        if token.special and token.content not in told and (token.content in named or token.content in written)
    }
    channels = {names[name]: name for name in HARMONY if name in names}
    complete = {"<|channel|>", BODY} <= set(channels.values())
    return Controls(
        around=frozenset(around),
        reasoning={name: tag for name, tag in REASONING.items() if name in names},
        channels=channels if complete else {},
    )


def shown(tokenizer: Any, prompt: Sequence[int], before: Sequence[int], tokens: Sequence[int], tail: str = "") -> str:
    """The text of a reply.

    Args:
        tokenizer: Its tokenizer.
        prompt: All tokens before the reply.
        before: The last of them, to decode it with.
        tokens: Its own.
        tail: The beginning of a further token.
    """
    found = controls(tokenizer)
    if found.channels and (found.channels.keys() & set(tokens) or _open_channel(tokenizer, prompt)):
        return _told(_messages(tokenizer, prompt, before, tokens, tail))
    text = text_after(tokenizer, before, [token for token in tokens if token not in found.around]) + tail
    for name, tag in found.reasoning.items():
        text = text.replace(name, tag)
    return text


def opens_reasoning(tokenizer: Any, before: Sequence[int], prefill: str) -> bool:
    """Whether a reply begins within reasoning: the prompt ends with its mark, or a prefill has not closed it."""
    text = decoded(tokenizer, before)
    for name, tag in controls(tokenizer).reasoning.items():
        text, prefill = text.replace(name, tag), prefill.replace(name, tag)
    return text.rstrip().endswith(THINK) or prefill.rfind(THINK) > prefill.rfind(END_THINK)


# --- harmony --------------------------------------------------------------------------------------------------------


@dataclass
class _Message:
    header: str
    """Such as `analysis`, or `commentary to=functions.weather`; empty for plain text."""
    body: str = ""
    closed: bool = False


def _open_channel(tokenizer: Any, prompt: Sequence[int]) -> str:
    """The header of the message that a prompt ends within, if it says a channel."""
    found, header = controls(tokenizer).channels, ""
    for marker, text in _pieces(tokenizer, found, (), prompt):
        if marker == "<|channel|>":
            header = text
        elif marker not in ("", BODY, "<|constrain|>"):
            header = ""
    return header.strip()


def _messages(
    tokenizer: Any, prompt: Sequence[int], before: Sequence[int], tokens: Sequence[int], tail: str
) -> list[_Message]:
    messages, header = [_Message(_open_channel(tokenizer, prompt))], ""
    for marker, text in _pieces(tokenizer, controls(tokenizer).channels, before, tokens, tail):
        if marker in HEADERS:
            # `<|start|>assistant to=functions.x<|channel|>commentary`: a recipient may be named in either part.
            header = f"{'' if marker == '<|start|>' else header} {'' if marker == '<|constrain|>' else text}"
        elif marker == BODY:
            messages.append(_Message(header.strip(), text))
            header = ""
        else:
            messages[-1].closed |= bool(marker)
            messages[-1].body += text
    return messages


def _pieces(
    tokenizer: Any, channels: dict[int, str], before: Sequence[int], tokens: Sequence[int], tail: str = ""
) -> Iterator[tuple[str, str]]:
    """Control tokens, each with the text up to the next one; the first piece has none."""
    marker, run = "", list[int]()
    for token in tokens:
        if token in channels:
            yield marker, text_after(tokenizer, () if marker else before, run)
            marker, run = channels[token], []
        else:
            run.append(token)
    yield marker, text_after(tokenizer, () if marker else before, run) + tail


def _told(messages: list[_Message]) -> str:
    return "".join(_one(each, each is messages[-1]) for each in messages)


def _one(message: _Message, last: bool) -> str:
    parts = message.header.split()
    recipient = next((part.removeprefix("to=") for part in parts if part.startswith("to=")), "")
    if recipient:
        name = json.dumps(recipient.removeprefix("functions."))
        return f'<tool_call>\n{{"name": {name}, "arguments": {message.body.strip() or "{}"}}}\n</tool_call>'
    if "analysis" not in parts:
        return message.body
    end = "" if last and not message.closed else f"\n{END_THINK}\n\n"
    return f"{THINK}\n{message.body}{end}"
