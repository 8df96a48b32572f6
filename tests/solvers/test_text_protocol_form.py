"""The text protocol's form: what a hasty model writes is read, and what cannot be read is named exactly."""

import json

import pytest
from inspect_ai.tool import ToolInfo, ToolParams
from inspect_ai.util import JSONSchema

from seer_evals.prompting import closed
from seer_evals.solvers._text_protocol import Final, ProtocolError, ToolRequest, parse

CODE = ToolParams(properties={"code": JSONSchema(type="string")}, required=["code"])
TOOLS = [
    ToolInfo(name="read_file", description="Reads."),
    ToolInfo(name="list_dir", description="Lists."),
    ToolInfo(name="run_cell", description="Runs.", parameters=CODE),
]
OBJECT = '{"name": "list_dir", "arguments": {"path": "."}}'
CALL = f"THOUGHT: look\nTOOL_CALL:\n{OBJECT}"
LOOK = ToolRequest("look", "list_dir", {"path": "."})
CELL = 'for i in range(3):\n    print({"FINAL": i})\n\nTOOL_CALL: no'


def test_a_call_is_a_thought_and_one_object() -> None:
    assert parse(CALL, TOOLS) == LOOK


def test_arguments_may_be_left_out_where_there_are_none() -> None:
    assert parse('THOUGHT: look\nTOOL_CALL: {"name": "list_dir"}', TOOLS) == ToolRequest("look", "list_dir", {})


def test_the_end_is_a_thought_and_the_report() -> None:
    assert parse('THOUGHT: done\nFINAL: {"answer": "A: b."}', TOOLS) == Final("done", {"answer": "A: b."})


def test_a_head_within_a_text_of_the_object_is_a_part_of_the_text() -> None:
    found = parse('THOUGHT: done\nFINAL: {"answer": "It writes FINAL: itself.\\nTOOL_CALL: too."}', TOOLS)
    assert found.arguments["answer"] == "It writes FINAL: itself.\nTOOL_CALL: too."


@pytest.mark.parametrize(
    "reply",
    [
        f"\n {CALL}\n\n",
        f"Sure! I will do that.\n\n{CALL}",
        f"{CALL}\nLet us see what comes back.",
        f"THOUGHT: look\nTOOL_CALL:\n```json\n{OBJECT}\n```",
        f"```\n{CALL}\n```",
        f"**THOUGHT:** look\n**TOOL_CALL:** {OBJECT}",
        f"### Thought: look\n### Tool_Call: `{OBJECT}`",
        f"Thought: look\nTool call: {OBJECT}",
        f"<think>\nWhat now? TOOL_CALL: perhaps.\n</think>\n{CALL}",
        CALL[:-1],
        CALL[:-2],
        f"THOUGHT: look\nTOOL_CALL:\n```json\n{OBJECT[:-1]}\n```",
        'THOUGHT: look\nTOOL_CALL: {"tool": "list_dir", "args": {"path": "."}}',
        'THOUGHT: look\nTOOL_CALL: {"name": "list_dir", "arguments": "{\\"path\\": \\".\\"}"}',
        f"THOUGHT: look\nTOOL_CALL: [{OBJECT}]",
        f"look\nTOOL_CALL: {OBJECT}",
        f"look\n<tool_call>\n{OBJECT}\n</tool_call>",
        f"look\n```json\n{OBJECT}\n```",
        "look\n<function=list_dir><parameter=path>.</parameter></function>",
    ],
)
def test_what_a_hasty_model_writes_is_read(reply: str) -> None:
    assert parse(reply, TOOLS) == LOOK


@pytest.mark.parametrize("after", ["", "\n```", "}", "\nDone."])
def test_code_may_have_line_breaks_as_they_are(after: str) -> None:
    raw = json.dumps({"name": "run_cell", "arguments": {"code": CELL}}).replace("\\n", "\n")
    assert parse(f"THOUGHT: run\nTOOL_CALL: {raw}{after}", TOOLS) == ToolRequest("run", "run_cell", {"code": CELL})


@pytest.mark.parametrize(
    "reply",
    [
        'THOUGHT: done\nFINAL:\n```json\n{"answer": "A", "nothing_unusual": true}\n```',
        'THOUGHT: done\nFINAL: {"name": "submit_report", "arguments": {"answer": "A", "nothing_unusual": true}}',
        'THOUGHT: done\nTOOL_CALL: {"name": "submit_report", "arguments": {"answer": "A", "nothing_unusual": true}}',
        'THOUGHT: done\nFINAL: {"answer": "A", "nothing_unusual": true',
        'done\n{"answer": "A", "nothing_unusual": true}',
    ],
)
def test_a_report_is_read_as_generously(reply: str) -> None:
    found = parse(reply, TOOLS)
    assert isinstance(found, Final) and found.arguments == {"answer": "A", "nothing_unusual": True}


def test_of_several_calls_the_first_counts_and_the_others_are_named() -> None:
    second = 'TOOL_CALL: {"name": "read_file", "arguments": {"path": "a"}}\nFINAL: {"answer": "x"}'
    found = parse(f"{CALL}\nTHOUGHT: then\n{second}", TOOLS)
    assert found == ToolRequest("look", "list_dir", {"path": "."}, left_out=("read_file", "FINAL"))


def test_a_later_call_is_not_run_in_place_of_a_first_that_cannot_be_read() -> None:
    with pytest.raises(ProtocolError, match="no tool 'listdir'"):
        parse(f'THOUGHT: a\nTOOL_CALL: {{"name": "listdir"}}\n{CALL}', TOOLS)


def test_a_reply_that_was_cut_is_not_ended_by_somebody_else() -> None:
    with pytest.raises(ProtocolError, match="cannot be read"):
        parse(CALL[:-1], TOOLS, cut=True)


@pytest.mark.parametrize("text", ['{"a": "b', '{"a": "b\\"}', "{]", "none", '{"a": 1}', '{"a": {"b": "}"}}'])
def test_only_brackets_that_lack_are_added(text: str) -> None:
    assert closed(text) == text


@pytest.mark.parametrize(
    ("text", "whole"), [('{"a": [1, {"b": "]"', '{"a": [1, {"b": "]"}]}'), ('x {"a": "\\""', 'x {"a": "\\""}')]
)
def test_brackets_that_lack_are_added_in_order(text: str, whole: str) -> None:
    assert closed(text) == whole


UNQUOTED = '{"name": "run_cell", "arguments": {"code": "print("x")"}}'


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        ("", "yours is empty"),
        ("Sure! THOUGHT: x", "yours begins with 'Sure! THOUGHT: x'"),
        ("THOUGHT: I wonder.", "has TOOL_CALL: or FINAL: at the beginning of a line"),
        ("THOUGHT: a\nTHOUGHT: b", "has TOOL_CALL: or FINAL: at the beginning of a line"),
        ("THOUGHT: a\nTOOL_CALL:", "comes a JSON object, and there is nothing"),
        ("THOUGHT: a\nTOOL_CALL: list_dir", "yours has none: 'list_dir'"),
        ('THOUGHT: a\nTOOL_CALL: {"name": "list_dir",}', "line 1, column 21, near "),
        (f"THOUGHT: a\nTOOL_CALL: {UNQUOTED}", "Expecting ',' delimiter at line 1, column 52"),
        ('THOUGHT: a\nTOOL_CALL: ["list_dir"]', "in braces, not list"),
        ('THOUGHT: a\nTOOL_CALL: {"called": "list_dir"}', "has the keys name and arguments, not called"),
        ('THOUGHT: a\nTOOL_CALL: {"arguments": {}}', 'needs "name"'),
        ('THOUGHT: a\nTOOL_CALL: {"name": "listdir"}', "no tool 'listdir'; did you mean 'list_dir'?"),
        ('THOUGHT: a\nFINAL: "Nothing."', "yours has none"),
    ],
)
def test_what_is_wrong_is_said_exactly(reply: str, problem: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        parse(reply, TOOLS)
    assert problem in str(caught.value)
