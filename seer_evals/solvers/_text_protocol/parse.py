"""What a reply must look like, to the letter; what is wrong with one is said so exactly that it can be mended."""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from seer_evals.runtime.untrusted import problem_of

THOUGHT, TOOL_CALL, FINAL = "THOUGHT", "TOOL_CALL", "FINAL"
_HEAD = re.compile(r"^(THOUGHT|TOOL_CALL|FINAL):", re.MULTILINE)
_AROUND = 20
"""Characters of a malformed JSON text that are shown on each side of the error."""


class ProtocolError(ValueError):
    """A reply that is not of the form; the message is for its author."""


@dataclass(frozen=True)
class ToolRequest:
    """`TOOL_CALL:`."""

    thought: str
    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class Final:
    """`FINAL:`."""

    thought: str
    arguments: Mapping[str, Any]


def parse(reply: str, tools: Collection[str]) -> ToolRequest | Final:
    """Read a reply.

    Args:
        reply: The whole text.
        tools: Names of the tools that there are.

    Raises:
        ProtocolError: It is not of the form; the message says what is wrong, where, and what to write.
    """
    sections = _sections(reply)
    heads = [head for head, _ in sections]
    if heads[:1] != [THOUGHT]:
        raise ProtocolError(f"a reply begins with {THOUGHT}: and yours begins with {_begin(reply)}")
    if len(heads) == 1:
        raise ProtocolError(
            f"after {THOUGHT}: comes {TOOL_CALL}: or {FINAL}:, at the beginning of a line; yours has neither"
        )
    if len(heads) > 2:
        raise ProtocolError(f"a reply has one {THOUGHT}: and one {TOOL_CALL}: or {FINAL}:; yours has {_list(heads)}")
    (_, thought), (head, body) = sections
    if head == THOUGHT:
        raise ProtocolError(f"a reply has one {THOUGHT}:, and yours has two and neither {TOOL_CALL}: nor {FINAL}:")
    if not thought:
        raise ProtocolError(f"{THOUGHT}: is empty; say in a sentence what you do next and why")
    data = _object(head, body)
    return Final(thought, data) if head == FINAL else _request(thought, data, tools)


def _sections(reply: str) -> list[tuple[str, str]]:
    """The sections by their heads; none if the reply begins with anything else."""
    found = list(_HEAD.finditer(reply))
    if not found or reply[: found[0].start()].strip():
        return []
    ends = [*(match.start() for match in found[1:]), len(reply)]
    return [(match[1], reply[match.end() : end].strip()) for match, end in zip(found, ends, strict=True)]


def _begin(reply: str) -> str:
    first = reply.strip().split("\n", 1)[0]
    return f"{first[:60]!r}" if first else "nothing"


def _list(heads: list[str]) -> str:
    return ", ".join(f"{head}:" for head in heads)


def _object(head: str, body: str) -> dict[str, Any]:
    if not body:
        raise ProtocolError(f"after {head}: comes a JSON object, and there is nothing")
    if body.startswith("```"):
        raise ProtocolError(f"the JSON after {head}: is in a code fence; write it without")
    try:
        data = json.loads(body)
    except json.JSONDecodeError as error:
        raise ProtocolError(_explain(head, body, error)) from None
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"the JSON after {head}: cannot be read: {error}") from None
    if problem := problem_of(data):
        raise ProtocolError(f"the JSON after {head}: {problem}")
    if not isinstance(data, dict):
        raise ProtocolError(f"after {head}: comes a JSON object in braces, not {type(data).__name__}")
    return data


def _explain(head: str, body: str, error: json.JSONDecodeError) -> str:
    if error.msg == "Extra data":
        return f"after the JSON object of {head}: there is more text, {body[error.pos :][:60]!r}; a reply ends with it"
    near = body[max(0, error.pos - _AROUND) : error.pos + _AROUND]
    where = f"line {error.lineno}, column {error.colno}"
    return f"the JSON after {head}: cannot be read: {error.msg} at {where}, near {near!r}"


def _request(thought: str, data: Mapping[str, Any], tools: Collection[str]) -> ToolRequest:
    if unknown := sorted(data.keys() - {"name", "arguments"}):
        raise ProtocolError(f"the object of {TOOL_CALL}: has the keys name and arguments, not {', '.join(unknown)}")
    name, arguments = data.get("name"), data.get("arguments", {})
    if not isinstance(name, str):
        raise ProtocolError(f'the object of {TOOL_CALL}: needs "name", the name of a tool as text')
    if not isinstance(arguments, dict):
        raise ProtocolError(f'"arguments" is a JSON object in braces, not {type(arguments).__name__}')
    if name not in tools:
        close = get_close_matches(name, list(tools), n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise ProtocolError(f"there is no tool {name!r}{hint} (available: {', '.join(tools)})")
    return ToolRequest(thought, name, arguments)
