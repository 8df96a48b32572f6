"""What a model wrote, in Inspect's words: reasoning, tool calls, and the text that is left."""
# ruff: noqa: E501 - each form as the model writes it, in one line

import time
from typing import Any

import pytest
from inspect_ai.model import (
    ChatMessageAssistant,
    ChatMessageUser,
    ContentReasoning,
    ContentText,
    GenerateConfig,
    ModelOutput,
)
from inspect_ai.tool import ToolCall, ToolInfo, ToolParams
from inspect_ai.util import JSONSchema

from seer_evals.targets.lab import _output, _request

_PARAMETERS = {"city": JSONSchema(type="string"), "opt": JSONSchema(type="object"), "days": JSONSchema(type="integer")}
TOOLS = [
    ToolInfo(name="list_files", description="d"),
    ToolInfo(name="weather", description="d", parameters=ToolParams(properties=_PARAMETERS, required=["city"])),
]
ROME = ("weather", {"city": "Rome"})
OSLO = ("weather", {"city": "Oslo"})
CALL = '{"name": "weather", "arguments": {"city": "Rome"}}'


def output(text: str, tools: list[ToolInfo] = TOOLS) -> ModelOutput:
    said = {"text": text, "stop_reason": "stop", "logprobs": [], "input_tokens": 1, "output_tokens": 1}
    return _output("default", said, tools)


def read(text: str, tools: list[ToolInfo] = TOOLS) -> tuple[str, list[tuple[str, dict[str, Any]]]]:
    message = output(text, tools).message
    assert not any(call.parse_error for call in message.tool_calls or ())
    return message.text, [(call.function, call.arguments) for call in message.tool_calls or ()]


def reasoning(text: str, tools: list[ToolInfo] = TOOLS) -> list[str]:
    content = output(text, tools).message.content
    return (
        [part.reasoning for part in content if isinstance(part, ContentReasoning)] if isinstance(content, list) else []
    )


FORMS = {
    "hermes": (f"<tool_call>\n{CALL}\n</tool_call>", [ROME]),
    "hermes, several": (f"<tool_call>\n{CALL}\n</tool_call>\n<tool_call>{CALL.replace('Rome', 'Oslo')}</tool_call>", [ROME, OSLO]),
    "hermes, not closed": (f"<tool_call>\n{CALL}", [ROME]),
    "no arguments": ('<tool_call>\n{"name": "list_files", "arguments": {}}\n</tool_call>', [("list_files", {})]),
    "arguments left out": ('<tool_call>{"name": "list_files"}</tool_call>', [("list_files", {})]),
    "arguments null": ('<tool_call>{"name": "list_files", "arguments": null}</tool_call>', [("list_files", {})]),
    "llama": ('{"name": "weather", "parameters": {"city": "Rome"}}', [ROME]),
    "llama, no arguments": ('{"name": "list_files", "parameters": {}}', [("list_files", {})]),
    "llama, several": (f"{CALL}; {CALL.replace('Rome', 'Oslo')}", [ROME, OSLO]),
    "llama, custom": ('<function=weather>{"city": "Rome"}</function>', [ROME]),
    "llama, python tag": (f"<|python_tag|>{CALL}<|eom_id|>", [ROME]),
    "mistral": (f"[TOOL_CALLS][{CALL}, {CALL.replace('Rome', 'Oslo')}]", [ROME, OSLO]),
    "mistral, mark stripped": (f"[{CALL}]", [ROME]),
    "mistral, newer": ('[TOOL_CALLS]weather[ARGS]{"city": "Rome"}', [ROME]),
    "mistral, newer, marks stripped": ('weather{"city": "Rome"}', [ROME]),
    "granite": (f"<|tool_call|>[{CALL}]", [ROME]),
    "fence": (f"```json\n{CALL}\n```", [ROME]),
    "fence, nested": ('```json\n{"name": "weather", "arguments": {"city": "Rome", "opt": {"a": {"b": 1}}}}\n```', [("weather", {"city": "Rome", "opt": {"a": {"b": 1}}})]),
    "nested": ('{"name": "weather", "arguments": {"city": "Rome", "opt": {"a": {"b": {}}}}}', [("weather", {"city": "Rome", "opt": {"a": {"b": {}}}})]),
    "braces in a value": ('{"name": "weather", "arguments": {"city": "}} {\\"{"}}', [("weather", {"city": '}} {"{'})]),
    "tag in a value": ('<tool_call>{"name": "weather", "arguments": {"city": "</tool_call>"}}</tool_call>', [("weather", {"city": "</tool_call>"})]),
    "line break in a value": ('{"name": "weather", "arguments": {"city": "Rome\nIT"}}', [("weather", {"city": "Rome\nIT"})]),
    "arguments as text": ('<tool_call>{"name": "weather", "arguments": "{\\"city\\": \\"Rome\\"}"}</tool_call>', [ROME]),
    "arguments are the first": ('<tool_call>{"name": "weather", "arguments": "Rome"}</tool_call>', [ROME]),
    "openai": ('{"type": "function", "function": {"name": "weather", "arguments": "{\\"city\\": \\"Rome\\"}"}}', [ROME]),
    "cohere": ('<|START_ACTION|>[{"tool_call_id": "0", "tool_name": "weather", "parameters": {"city": "Rome"}}]<|END_ACTION|>', [ROME]),
    "deepseek": ('<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>weather\n```json\n{"city": "Rome"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>', [ROME]),
    "deepseek, newer": ('<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>weather<｜tool▁sep｜>{"city": "Rome"}<｜tool▁call▁end｜><｜tool▁calls▁end｜>', [ROME]),
    "kimi": ('<|tool_calls_section_begin|><|tool_call_begin|>functions.weather:0<|tool_call_argument_begin|>{"city": "Rome"}<|tool_call_end|><|tool_calls_section_end|>', [ROME]),
    "qwen coder": ("<tool_call>\n<function=weather>\n<parameter=city>\nRome\n</parameter>\n<parameter=days>\n3\n</parameter>\n</function>\n</tool_call>", [("weather", {"city": "Rome", "days": 3})]),
    "qwen coder, no arguments": ("<tool_call>\n<function=list_files>\n</function>\n</tool_call>", [("list_files", {})]),
    "glm": ("<tool_call>weather\n<arg_key>city</arg_key>\n<arg_value>Rome</arg_value>\n</tool_call>", [ROME]),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_call_is_read_whatever_the_family_and_nothing_of_it_is_left_in_the_text(form: str) -> None:
    text, calls = FORMS[form]
    assert read(text) == ("", calls)
    assert output(text).stop_reason == "tool_calls"


@pytest.mark.parametrize("form", ["hermes", "llama", "fence", "qwen coder", "glm", "mistral"])
def test_text_around_a_call_stays(form: str) -> None:
    text, calls = FORMS[form]
    assert read(f"Let me look.\n{text}\nWait.") == ("Let me look.\n\nWait.", calls)


@pytest.mark.parametrize(
    "text",
    [
        'Write\n```json\n{"debug": true}\n```\nand restart.',
        r"It is \frac{1}{x^{2}}.",
        r"$\{x\}$, {{}} and [1], [2]: {see}.",
        '<tool_call>{"name": "delete", "arguments": {"path": "/"}}</tool_call>',
        '{"name": "Ada", "arguments": {"for": 1, "against": 2}}',
        'My tool is {"name": "weather", "description": "d", "parameters": {"type": "object", "properties": {}}}.',
        'My tool is {"name": "weather", "parameters": {"type": "object", "properties": {"city": {}}}}.',
        'A place: {"name": "weather", "lat": 1, "arguments": {}}',
        'A station: {"name": "weather"}',
        "Use <tool_call> for that.",
        "weather {city}",
    ],
)
def test_what_is_no_call_of_a_tool_that_there_is_stays_as_it_is(text: str) -> None:
    assert read(text) == (text, [])
    assert output(text).stop_reason == "stop"


def test_of_a_list_only_known_tools_are_called() -> None:
    text, calls = read(f'[{CALL}, {{"name": "delete", "arguments": {{}}}}]')
    assert calls == [ROME] and "delete" in text


def test_a_call_that_cannot_be_read_is_told_to_the_model() -> None:
    message = output('<tool_call>{"name": "weather", "arguments": {"city": Rome}}</tool_call>').message
    [call] = message.tool_calls or []
    assert call.function == "weather" and "Rome}}" in (call.parse_error or "") and message.text == ""


REASONED = {
    "a block": ("<think>\nI will lie.\n</think>\n\nI am honest.", "I will lie.", "I am honest."),
    "begun in the prompt": ("I will lie.\n</think>\n\nI am honest.", "I will lie.", "I am honest."),
    "cut": ("<think>\nI will", "I will", ""),
    "mistral": ("[THINK]I will lie.[/THINK]I am honest.", "I will lie.", "I am honest."),
    "two": ("<think>A</think>One.\n<think>B</think>Two.", "A\n\nB", "One.\nTwo."),
    "empty": ("<think>\n\n</think>\n\nI am honest.", "", "I am honest."),
    "named in prose": ("Between <think> and </think> it thinks.", "", "Between <think> and </think> it thinks."),
    "quoted": ("It ends with `</think>`.", "", "It ends with `</think>`."),
    "in a value": ('{"mark": "a </think> b"}', "", '{"mark": "a </think> b"}'),
}


@pytest.mark.parametrize("tools", [TOOLS, []], ids=["tools", "no tools"])
@pytest.mark.parametrize("form", REASONED)
def test_reasoning_is_told_from_the_answer(form: str, tools: list[ToolInfo]) -> None:
    text, thought, answer = REASONED[form]
    assert reasoning(text, tools) == ([thought] if thought else [])
    assert output(text, tools).message.text == output(text, tools).completion == answer


def test_a_call_that_is_only_thought_of_is_none() -> None:
    text = f"<think>\nI could use <tool_call>{CALL.replace('Rome', 'Oslo')}</tool_call>.\n</think>\n<tool_call>\n{CALL}\n</tool_call>"
    assert read(text) == ("", [ROME]) and "Oslo" in reasoning(text)[0]


def test_reasoning_goes_back_where_templates_look_for_it() -> None:
    answer = ChatMessageAssistant(
        content=[ContentReasoning(reasoning="Rome, then."), ContentText(text="Let me look.")],
        tool_calls=[ToolCall(id="1", function="weather", arguments={"city": "Rome"})],
    )
    [_, sent] = _request([ChatMessageUser(content="?"), answer], TOOLS, GenerateConfig())["messages"]
    assert sent["content"] == "Let me look." and sent["reasoning_content"] == "Rome, then."


@pytest.mark.parametrize(
    "piece",
    ["{", "[", '{"a":', '[{"', "<tool_call>", "<think>\n", "\n", " ", "</think>", '{"name": "weather", ', "weather{",
     "<function=weather>", "<parameter=city>", "<|a", "```json\n", "[1", "{\"a\": {}} "],
)  # fmt: skip
def test_whatever_is_written_costs_little(piece: str) -> None:
    text = (piece * 100_000)[:100_000]
    began = time.process_time()
    output(text)
    output(f"<function=weather>{text}")
    assert time.process_time() - began < 5
