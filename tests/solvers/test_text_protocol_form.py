"""The text protocol's form: what is accepted, and what is said to somebody who misses it."""

import pytest

from seer_evals.solvers._text_protocol import Final, ProtocolError, ToolRequest, parse

TOOLS = ["read_file", "list_dir"]
CALL = 'THOUGHT: look\nTOOL_CALL:\n{"name": "list_dir", "arguments": {"path": "."}}'


def test_a_call_is_a_thought_and_one_object() -> None:
    assert parse(CALL, TOOLS) == ToolRequest("look", "list_dir", {"path": "."})


def test_white_space_around_the_parts_does_not_matter() -> None:
    assert parse(f"\n {CALL}\n\n".replace(" THOUGHT", "THOUGHT"), TOOLS) == parse(CALL, TOOLS)


def test_arguments_may_be_left_out_where_there_are_none() -> None:
    assert parse('THOUGHT: look\nTOOL_CALL: {"name": "list_dir"}', TOOLS) == ToolRequest("look", "list_dir", {})


def test_the_end_is_a_thought_and_the_report() -> None:
    assert parse('THOUGHT: done\nFINAL: {"answer": "A: b."}', TOOLS) == Final("done", {"answer": "A: b."})


def test_a_head_within_a_text_of_the_object_is_a_part_of_the_text() -> None:
    found = parse('THOUGHT: done\nFINAL: {"answer": "It writes FINAL: itself.\\nTOOL_CALL: too."}', TOOLS)
    assert found.arguments["answer"] == "It writes FINAL: itself.\nTOOL_CALL: too."


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        ("", "a reply begins with THOUGHT: and yours begins with nothing"),
        ("Sure! THOUGHT: x", "yours begins with 'Sure! THOUGHT: x'"),
        (f"Sure!\n{CALL}", "yours begins with 'Sure!'"),
        ("THOUGHT: I wonder.", "yours has neither"),
        ("THOUGHT: a\nTHOUGHT: b", "yours has two"),
        ('THOUGHT:\nFINAL: {"answer": "x"}', "THOUGHT: is empty"),
        (f"{CALL}\n{CALL}", "yours has THOUGHT:, TOOL_CALL:, THOUGHT:, TOOL_CALL:"),
        ("THOUGHT: a\nTOOL_CALL:", "comes a JSON object, and there is nothing"),
        ('THOUGHT: a\nTOOL_CALL:\n```json\n{"name": "list_dir"}\n```', "in a code fence"),
        ('THOUGHT: a\nTOOL_CALL: {"name": "list_dir",}', "line 1, column 21, near "),
        ('THOUGHT: a\nTOOL_CALL: {"name": "list_dir"} Let us see.', "there is more text, 'Let us see.'"),
        ('THOUGHT: a\nTOOL_CALL: ["list_dir"]', "in braces, not list"),
        ('THOUGHT: a\nTOOL_CALL: {"tool": "list_dir"}', "has the keys name and arguments, not tool"),
        ('THOUGHT: a\nTOOL_CALL: {"arguments": {}}', 'needs "name"'),
        ('THOUGHT: a\nTOOL_CALL: {"name": "list_dir", "arguments": ["."]}', '"arguments" is a JSON object'),
        ('THOUGHT: a\nTOOL_CALL: {"name": "listdir"}', "no tool 'listdir'; did you mean 'list_dir'?"),
    ],
)
def test_what_is_wrong_is_said_exactly(reply: str, problem: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        parse(reply, TOOLS)
    assert problem in str(caught.value)
