"""One tool per exposed function."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from inspect_ai.tool import Tool, ToolDef, ToolError, ToolParams, ToolResult
from inspect_ai.util import JSONSchema

from seer_evals.lab.functions._spec import Function, Parameter

Call = Callable[[Function, dict[str, Any]], Awaitable[ToolResult]]
"""Calls a function by keyword arguments (JSON values) wherever it lives, and returns what the agent is to see.

Raises `CallError` for what the function raised itself or what is wrong with the arguments.
"""


class CallError(Exception):
    """What a caller may know about a failed call: the type and message of the function's own error."""


def function_tools(functions: Iterable[Function], call: Call, default_model: str = "model") -> list[Tool]:
    """A tool for each function, with the schema of its signature and the words of its docstring.

    Args:
        functions: As `describe` returns them.
        call: What runs them.
        default_model: Name of the model that is used if the agent names none.
    """
    return [_tool(function, call, default_model).as_tool() for function in functions]


def tool_schema(function: Function, default_model: str = "model") -> dict[str, Any]:
    """JSON schema of the arguments, for tools and MCP.

    Variadic parameters become an array and an object of their own name.
    """
    properties = {parameter.name: _property(parameter, default_model) for parameter in function.parameters}
    required = [parameter.name for parameter in function.parameters if parameter.required and not parameter.is_model]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _property(parameter: Parameter, default_model: str) -> dict[str, Any]:
    schema = {key: value for key, value in parameter.json_schema.items() if not key.startswith("x-")}
    description = parameter.description
    if parameter.is_model:
        return {
            "type": "string",
            "default": default_model,
            "description": description or "Variable name of a loaded model.",
        }
    if parameter.default is not None:
        description = f"{description} (default: {parameter.default})"
    if parameter.kind == "var_positional":
        schema = {"type": "array", "items": schema}
    if parameter.kind == "var_keyword":
        schema = {"type": "object", "additionalProperties": schema}
    return {**schema, "description": description}


def _tool(function: Function, call: Call, default_model: str) -> ToolDef:
    async def execute(**arguments: Any) -> ToolResult:
        try:
            return await call(function, arguments)
        except CallError as error:
            raise ToolError(str(error)) from None

    schema = tool_schema(function, default_model)
    return ToolDef(
        execute,
        name=function.name,
        description=function.summary,
        parameters=ToolParams(
            properties={name: JSONSchema.model_validate(value) for name, value in schema["properties"].items()},
            required=schema["required"],
        ),
    )
