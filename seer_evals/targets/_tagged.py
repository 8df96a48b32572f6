"""Tool calls whose arguments are written one by one between tags, as Qwen3-Coder and GLM do."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from inspect_ai.tool import ToolInfo

from seer_evals.prompting import Found

# `<function=weather><parameter=city>Rome</parameter></function>`
_FUNCTION = re.compile(r"<function=([^<>\n]{1,100})>\s*(?=<parameter=|</function>)")
_PARAMETER = re.compile(r"\s*<parameter=([^<>\n]{1,100})>")
# `<tool_call>weather<arg_key>city</arg_key><arg_value>Rome</arg_value></tool_call>`
_CALL = re.compile(r"<tool_call>\s*([^\s<>{}]{1,100})\s*(?=<arg_key>|</tool_call>)")
_KEY = re.compile(r"\s*<arg_key>([^<>\n]{1,100})</arg_key>\s*<arg_value>")
_FORMS = ((_FUNCTION, _PARAMETER, "</parameter>", "</function>"), (_CALL, _KEY, "</arg_value>", "</tool_call>"))


def tagged_calls(text: str, known: Mapping[str, ToolInfo]) -> Iterator[tuple[ToolInfo, Found]]:
    """The calls of known tools in these forms: the tool, and its arguments with the characters that the call takes.

    A value is text where the tool wants text, else JSON if it can be.
    """
    for call, argument, value_end, call_end in _FORMS:
        for begin in call.finditer(text):
            tool = known.get(begin[1])
            if tool is not None:
                arguments, end = _arguments(text, begin.end(), argument, value_end, tool)
                closing = re.compile(rf"\s*{call_end}").match(text, end)
                yield tool, Found(arguments, begin.start(), closing.end() if closing else end)


def _arguments(
    text: str, place: int, argument: "re.Pattern[str]", value_end: str, tool: ToolInfo
) -> tuple[dict[str, Any], int]:
    arguments: dict[str, Any] = {}
    while (begin := argument.match(text, place)) and (end := text.find(value_end, begin.end())) >= 0:
        schema = tool.parameters.properties.get(begin[1])
        arguments[begin[1]] = _value(text[begin.end() : end], schema.type if schema else None)
        place = end + len(value_end)
    return arguments, place


def _value(written: str, kind: Any) -> Any:
    if kind == "string":
        return written.removeprefix("\n").removesuffix("\n")
    try:
        return json.loads(written)
    except (ValueError, RecursionError):
        return written.strip()
