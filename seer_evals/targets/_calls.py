"""Tool calls in what a model wrote: every family has its own form, and only names of tools that there are make a call.

Read here and not by Inspect's parsers of Hugging Face models, which choose by the model's name (hidden here) one
pattern that takes formulas for calls, refuses `{}` and cuts nested arguments.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inspect_ai.tool import ToolCall, ToolInfo
from shortuuid import uuid

from seer_evals.inspect_private import parse_tool_call
from seer_evals.prompting import json_values
from seer_evals.targets._tagged import tagged_calls

_NAMES = ("name", "tool_name", "function", "tool")
_ARGUMENTS = ("arguments", "parameters", "args")
# An object with other keys beside these is data that has a name, such as the description of a tool.
_KEYS = {*_NAMES, *_ARGUMENTS, "id", "type", "index", "tool_call_id"}
_MARK = r"function(?=<｜tool▁sep｜>)|</?tool_calls?>|</?function>|<[|｜][^<>\n]{1,40}>|\[/?TOOL_CALLS\]"
_MARKED = re.compile(rf"(?:{_MARK})\s*(?:```\w*\s*)?(?:\[[^\[\]]*)?\Z")
_BEFORE = re.compile(rf"(?:(?:{_MARK}|```\w*)\s*)+\Z")
_AFTER = re.compile(rf"(?:\s*(?:{_MARK}|```|;))+")
_BROKEN = re.compile(r"<tool_call>((?:(?!</?tool_call>).){0,20000})", re.DOTALL)
_NEAR = 300
"""Characters around a call in which the marks of its form stand."""


@dataclass(frozen=True)
class _Span:
    """A stretch of the text that is one or several calls, and what stays in its place."""

    start: int
    end: int
    calls: tuple[ToolCall, ...]
    rest: str = ""


def calls_in(text: str, tools: Sequence[ToolInfo]) -> tuple[list[ToolCall], str]:
    """The calls of these tools that a text makes, in order, and the text without them."""
    known = {tool.name: tool for tool in tools}
    spans: list[_Span] = []
    for forms in (_in_tags, _in_json, _unreadable):
        spans += [span for span in forms(text, known) if not any(_overlap(span, other) for other in spans)]
    spans.sort(key=lambda span: span.start)
    return [call for span in spans for call in span.calls], _without(text, spans) if spans else text


def _overlap(one: _Span, other: _Span) -> bool:
    return one.start < other.end and other.start < one.end


def _without(text: str, spans: Sequence[_Span]) -> str:
    """The text without the calls and the marks around them."""
    kept, place = [], 0
    for span in spans:
        kept += [_trimmed(text[place : span.start], after_call=place > 0, before_call=True), span.rest]
        place = span.end
    kept.append(_trimmed(text[place:], after_call=True, before_call=False))
    return "\n\n".join(filter(None, kept))


def _trimmed(text: str, *, after_call: bool, before_call: bool) -> str:
    if after_call and (marks := _AFTER.match(text, 0, _NEAR)):
        text = text[marks.end() :]
    if before_call and (marks := _BEFORE.search(text, max(0, len(text) - _NEAR))):
        text = text[: marks.start()]
    return text.strip()


def _in_tags(text: str, known: Mapping[str, ToolInfo]) -> Iterator[_Span]:
    for tool, found in tagged_calls(text, known):
        yield _Span(found.start, found.end, (_call(tool, found.value),))


def _in_json(text: str, known: Mapping[str, ToolInfo]) -> Iterator[_Span]:
    """Objects and lists as most families write them, and arguments after the name of a tool."""
    named = _name_before(known)
    for found in json_values(text):
        begin = max(0, found.start - _NEAR)
        before = text[begin : found.start]
        if isinstance(found.value, dict) and (name := named.search(before)):
            call = _call(known[name["name"]], found.value)
            yield _Span(begin + name.start("span"), found.end, (call,))
            continue
        calls, rest = _calls_of(found.value, known, bool(_MARKED.search(before)))
        if calls:
            yield _Span(found.start, found.end, tuple(calls), json.dumps(rest) if rest else "")


def _name_before(known: Mapping[str, ToolInfo]) -> "re.Pattern[str]":
    """`NAME{…}` (Mistral), `<function=NAME>{…}` (Llama), `functions.NAME:0<…>{…}` (Kimi), `NAME<…>{…}` (DeepSeek)."""
    names = "|".join(sorted(map(re.escape, known), key=len, reverse=True))
    begin = r"(?:^|\[TOOL_CALLS\]|<[|｜][^<>\n]{1,40}>)\s{0,9}(?:function<｜tool▁sep｜>)?"
    end = r"(?:\[ARGS\]|>|(?::\d{1,9})?(?:<[|｜][^<>\n]{1,40}>)?(?:\s{0,9}```(?:json)?)?)\s{0,9}\Z"
    return re.compile(rf"{begin}(?P<span>(?:<function=|functions\.)?(?P<name>{names}){end})", re.MULTILINE)


def _calls_of(value: Any, known: Mapping[str, ToolInfo], marked: bool) -> tuple[list[ToolCall], list[Any]]:
    """The calls that a JSON value makes, and what of it makes none."""
    if isinstance(value, dict) and isinstance(value.get("tool_calls"), list):
        value = value["tool_calls"]
    calls: list[ToolCall] = []
    rest: list[Any] = []
    for each in value if isinstance(value, list) else [value]:
        call = _call_of(each, known, marked)
        (rest if call is None else calls).append(each if call is None else call)
    return calls, rest


def _call_of(value: Any, known: Mapping[str, ToolInfo], marked: bool) -> ToolCall | None:
    if isinstance(value, dict) and isinstance(value.get("function"), dict):  # as OpenAI writes it
        value = value["function"] if value.keys() <= _KEYS else None
    if not isinstance(value, dict) or not value.keys() <= _KEYS:
        return None
    tool = known.get(next((value[key] for key in _NAMES if isinstance(value.get(key), str)), ""))
    arguments = next((value[key] for key in _ARGUMENTS if key in value), None)
    if tool is None or (not marked and not isinstance(arguments, dict | str)) or _is_schema(arguments, tool):
        return None
    return _call(tool, {} if arguments is None else arguments)


def _is_schema(arguments: Any, tool: ToolInfo) -> bool:
    """A model recites which tools it has."""
    given = isinstance(arguments, dict) and arguments.get("type") == "object" and "properties" in arguments
    return given and "properties" not in tool.parameters.properties


def _call(tool: ToolInfo, arguments: Any) -> ToolCall:
    written = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return parse_tool_call(f"{tool.name}_{uuid()}", tool.name, written, [tool])


def _unreadable(text: str, known: Mapping[str, ToolInfo]) -> Iterator[_Span]:
    """Calls that name a tool and cannot be read, for the model to be told."""
    for block in _BROKEN.finditer(text):
        name = re.search(r"[\"']name[\"']\s{0,9}:\s{0,9}[\"']([^\"'\n]{1,100})[\"']", block[1])
        if name and name[1] in known:
            problem = f"Error parsing the tool call, which is no JSON object: {block[1].strip()[:500]}"
            call = ToolCall(id=f"{name[1]}_{uuid()}", function=name[1], arguments={}, parse_error=problem)
            yield _Span(block.start(), block.end(), (call,))
