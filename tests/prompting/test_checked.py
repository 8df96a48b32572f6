"""Who calls a tool wrongly is told what is wrong, and where, whatever unions stand between."""

from typing import Any, Literal

import pytest
from inspect_ai.model import ChatMessage, ChatMessageAssistant, ChatMessageTool, execute_tools
from inspect_ai.tool import Tool, ToolCall, ToolDef, tool
from pydantic import BaseModel, Field

from seer_evals.prompting import checked


class Part(BaseModel):
    kind: Literal["cell", "message"]
    number: int


class Whole(BaseModel):
    name: str
    sure: float = Field(ge=0, le=1)
    parts: tuple[Part, ...] = ()


@tool
def take() -> Tool:
    async def execute(
        text: str, wholes: list[Whole] | None = None, seconds: float | None = None, also: dict[str, int] | str = ""
    ) -> str:
        """Take it.

        Args:
            text: A text.
            wholes: Some.
            seconds: How long.
            also: More.
        """
        return f"{text} {[each.sure for each in wholes or []]} {seconds} {also}"

    return execute


async def called(arguments: dict[str, Any], each: Tool | None = None) -> ChatMessageTool:
    """What Inspect answers to a call, as it does in every harness."""
    asked: list[ChatMessage] = [
        ChatMessageAssistant(content="", tool_calls=[ToolCall(id="1", function="take", arguments=arguments)])
    ]
    messages, _ = await execute_tools(asked, [each or checked(take())])
    (message,) = messages
    assert isinstance(message, ChatMessageTool)
    return message


def whole(**fields: Any) -> dict[str, Any]:
    return {"text": "a", "wholes": [{"name": "b", "sure": 0.5, **fields}]}


@pytest.mark.parametrize(
    ("arguments", "path", "problem"),
    [
        (whole(sure="95%"), "wholes/0/sure", "'95%' is not of type 'number'"),
        (whole(sure=95), "wholes/0/sure", "95 is greater than the maximum of 1"),
        (whole(parts=[{"kind": "cell", "number": "three"}]), "wholes/0/parts/0/number", "is not of type 'integer'"),
        (whole(parts=[{"kind": "sell", "number": 3}]), "wholes/0/parts/0/kind", "'sell' is not one of"),
        ({"text": "a", "wholes": [{"sure": 0.5}]}, "wholes/0", "'name' is a required property"),
        ({"text": "a", "wholes": "none"}, "wholes", "'none' is not of type 'array'"),
        ({"text": "a", "seconds": "30s"}, "seconds", "'30s' is not of type 'number'"),
        ({"text": "a", "also": {"b": "c"}}, "also/b", "'c' is not of type 'integer'"),
    ],
)
async def test_the_error_has_the_path_and_what_is_wrong_there(
    arguments: dict[str, Any], path: str, problem: str
) -> None:
    message = await called(arguments)
    assert message.error is not None
    (line,) = [line for line in message.error.message.splitlines() if line.startswith("- ")]
    assert line.startswith(f"- {path}: ") and problem in line
    assert "any of the given schemas" not in message.error.message


async def test_inspect_alone_does_not_say_it() -> None:
    message = await called(whole(sure="95%"), take())
    assert message.error is not None and "sure" not in message.error.message.splitlines()[-1].split(": ")[0]


async def test_every_problem_is_named_at_once() -> None:
    message = await called({"text": "a", "wholes": [{"name": 1, "sure": "x"}], "seconds": "y"})
    assert message.error is not None
    assert message.error.message.count("\n- ") == 3


async def test_right_arguments_arrive_as_before_and_a_null_may_stand_for_what_is_left_out() -> None:
    assert (await called({**whole(), "seconds": 2})).text == "a [0.5] 2.0 "
    assert (await called({"text": "a", "wholes": None, "seconds": None})).text == "a [] None "


def test_the_model_reads_the_same_descriptions_and_what_the_values_should_be() -> None:
    before, after = ToolDef(take()).parameters, ToolDef(checked(take())).parameters
    assert after.required == before.required
    for name, schema in after.properties.items():
        assert schema.description == before.properties[name].description
    members = after.properties["wholes"].anyOf or []
    assert [member.type for member in members] == ["array", "null", None]


def test_a_tool_of_plain_parameters_is_left_as_it_is() -> None:
    @tool
    def plain() -> Tool:
        async def execute(text: str, times: int = 1) -> str:
            """Say it.

            Args:
                text: A text.
                times: How often.
            """
            return text * times

        return execute

    each = plain()
    assert checked(each) is each
