"""What a reply says, read as generously as is safe; what cannot be read is named so exactly that it can be mended."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from inspect_ai.tool import ToolCall, ToolInfo

from seer_evals.near import did_you_mean
from seer_evals.prompting import closed, json_values, split_reasoning
from seer_evals.runtime.untrusted import problem_of
from seer_evals.targets import calls_in

THOUGHT, TOOL_CALL, FINAL = "THOUGHT", "TOOL_CALL", "FINAL"
SUBMIT = "submit_report"
"""The tool that `FINAL:` stands for; models that know it by this name may call it so."""
_MARKS = r"[ \t>*#`_-]*"
_HEAD = re.compile(rf"^{_MARKS}(THOUGHT|TOOL[_ ]CALL|FINAL){_MARKS}:{_MARKS}", re.MULTILINE | re.IGNORECASE)
_AROUND = 20
"""Characters of a malformed JSON text that are shown on each side of the error."""


class ProtocolError(ValueError):
    """A reply from which no call can be read; the message is for its author."""


@dataclass(frozen=True)
class ToolRequest:
    """`TOOL_CALL:`."""

    thought: str
    name: str
    arguments: Mapping[str, Any]
    left_out: tuple[str, ...] = ()
    """What else the reply called, which is not carried out."""


@dataclass(frozen=True)
class Final:
    """`FINAL:`."""

    thought: str
    arguments: Mapping[str, Any]
    left_out: tuple[str, ...] = ()


Step = ToolRequest | Final


@dataclass(frozen=True)
class _Section:
    """What follows a head, up to the next one."""

    head: str
    body: str


def parse(reply: str, tools: Sequence[ToolInfo], *, cut: bool = False) -> Step:
    """Read the first call of a reply, or its report.

    Whatever stands before and after the JSON is passed over: a preamble, a fence, more calls (which are named). Line
    breaks within texts are taken as they are, and brackets that lack at the end are put there.

    Args:
        reply: The whole text.
        tools: Those that there are.
        cut: The reply reached its length, so that what is not ended in it would have gone on.

    Raises:
        ProtocolError: There is no call to be read; the message says what is wrong, where, and what to write.
    """
    _, text = split_reasoning(reply)
    thought, sections = _sections(text)
    read = [each for section in sections for each in _steps(section, thought, tools, cut)]
    if not sections:
        read = _steps_without_head(text, tools)
    if not read:
        raise ProtocolError(_nothing(text, sections))
    return replace(read[0], left_out=tuple(_name(each) for each in read[1:]))


def _name(step: Step) -> str:
    return FINAL if isinstance(step, Final) else step.name


def _sections(text: str) -> tuple[str, list[_Section]]:
    """The thought, and the calls and reports by their heads. What looks like a head within an object is none."""
    objects = json_values(text, only_objects=True)
    heads = [
        head for head in _HEAD.finditer(text) if not any(each.start <= head.start() < each.end for each in objects)
    ]
    ends = [*(head.start() for head in heads[1:]), len(text)][: len(heads)]
    found = [
        _Section(head[1].upper().replace(" ", "_"), text[head.end() : end].strip())
        for head, end in zip(heads, ends, strict=True)
    ]
    thoughts = [each.body for each in found if each.head == THOUGHT]
    before = text[: heads[0].start()].strip() if heads else ""
    return (thoughts[0] if thoughts else before), [each for each in found if each.head != THOUGHT]


def _steps(section: _Section, thought: str, tools: Sequence[ToolInfo], cut: bool) -> list[Step]:
    """The calls of a section; the first section that cannot be read is an error, so that no later one is run for it."""
    body = section.body if cut else closed(section.body)
    if section.head == FINAL:
        return [_final(thought, _object(FINAL, body))]
    calls, _ = calls_in(f"<tool_call>{body}", [*tools, _submit()])
    if not calls or (calls[0].parse_error and not json_values(body)):
        raise ProtocolError(_no_call(_object(TOOL_CALL, body), tools))
    return [_step(thought, call) for call in calls]


def _steps_without_head(text: str, tools: Sequence[ToolInfo]) -> list[Step]:
    """Calls as models are trained to write them, and a report that stands alone."""
    calls, rest = calls_in(text, [*tools, _submit()])
    reports = [each.value for each in json_values(rest, only_objects=True) if _is_report(each.value)]
    return [*(_step(rest, call) for call in calls), *(_final(text, each) for each in reports)]


def _submit() -> ToolInfo:
    return ToolInfo(name=SUBMIT, description="Ends the investigation.")


def _is_report(value: Any) -> bool:
    return isinstance(value, dict) and "answer" in value and "nothing_unusual" in value


def _step(thought: str, call: ToolCall) -> Step:
    if call.parse_error:
        raise ProtocolError(f"the call of {call.function!r} cannot be read: {call.parse_error}")
    return (
        _final(thought, call.arguments)
        if call.function == SUBMIT
        else ToolRequest(thought, call.function, _plain(call))
    )


def _plain(call: ToolCall) -> dict[str, Any]:
    if problem := problem_of(call.arguments):
        raise ProtocolError(f"the arguments of {call.function!r}: {problem}")
    return call.arguments


def _final(thought: str, written: Mapping[str, Any]) -> Final:
    """A report, also where it is written as a call of the tool."""
    inner = written.get("arguments") if written.get("name") == SUBMIT else None
    return Final(thought, inner if isinstance(inner, dict) else written)


def _object(head: str, body: str) -> dict[str, Any]:
    if not body:
        raise ProtocolError(f"after {head}: comes a JSON object, and there is nothing")
    found = json_values(body)
    if not found:
        raise ProtocolError(_unreadable(head, body))
    value = found[0].value
    if problem := problem_of(value):
        raise ProtocolError(f"the JSON after {head}: {problem}")
    if not isinstance(value, dict):
        raise ProtocolError(f"after {head}: comes a JSON object in braces, not {type(value).__name__}")
    return value


def _unreadable(head: str, body: str) -> str:
    begin = body.find("{")
    if begin < 0:
        return f"after {head}: comes a JSON object, and yours has none: {body[:60]!r}"
    try:
        json.JSONDecoder(strict=False).raw_decode(body, begin)
    except json.JSONDecodeError as error:
        near = body[max(0, error.pos - _AROUND) : error.pos + _AROUND]
        where = f"line {error.lineno}, column {error.colno}"
        return f"the JSON after {head}: cannot be read: {error.msg} at {where}, near {near!r}"
    except (ValueError, RecursionError) as error:
        return f"the JSON after {head}: cannot be read: {error}"
    return f"the JSON after {head}: cannot be read"


def _no_call(data: Mapping[str, Any], tools: Sequence[ToolInfo]) -> str:
    """Why an object is no call of a tool."""
    names = [tool.name for tool in tools]
    name = data.get("name")
    if unknown := sorted(data.keys() - {"name", "arguments"}):
        return f"the object of {TOOL_CALL}: has the keys name and arguments, not {', '.join(unknown)}"
    if not isinstance(name, str):
        return f'the object of {TOOL_CALL}: needs "name", the name of a tool as text'
    if name not in names:
        hint = did_you_mean(name, names)
        return f"there is no tool {name!r}{hint} (available: {', '.join(names)})"
    return f'"arguments" is a JSON object in braces, not {type(data.get("arguments")).__name__}'


def _nothing(text: str, sections: Sequence[_Section]) -> str:
    first = text.strip().split("\n", 1)[0]
    begin = f"yours begins with {first[:60]!r}" if first else "yours is empty"
    return f"a reply has {TOOL_CALL}: or {FINAL}: at the beginning of a line, and after it a JSON object; {begin}"
