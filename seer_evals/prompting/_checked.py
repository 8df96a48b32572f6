"""Tools whose arguments are checked here, so that who calls them wrongly is told what is wrong and where."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from inspect_ai.tool import Tool, ToolDef, ToolError, ToolParam, ToolParams, ToolResult
from inspect_ai.util import JSONSchema
from pydantic import ValidationError

from seer_evals.inspect_private import tool_params
from seer_evals.prompting._structured import problems_of

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError as SchemaError

LONGEST = 80
"""Characters of a wrong value that are said back."""
REFUSED = "These arguments cannot be used; mend them and call {tool} again:\n{problems}"


def checked(tool: Tool) -> Tool:
    """The tool with errors that name the field: `findings/0/confidence: '95%' is not of type 'number'`.

    Inspect says of a value that fits no member of a union only that it fits none, and a parameter that may be left
    out is a union with null. So Inspect is given a schema in which unions, lists and objects may be anything (beside
    what they should be, which the model reads), and the exact one is checked here.
    """
    definition = ToolDef(tool)
    exact: ToolParams = definition.parameters
    loose = {name: _loosened(schema) for name, schema in exact.properties.items()}
    if loose == exact.properties:
        return tool

    async def execute(**kwargs: Any) -> ToolResult:
        problems = list(argument_problems(exact, kwargs))
        if not problems:
            try:
                arguments = tool_params(kwargs, tool)
            except ValidationError as error:
                problems = problems_of(error)
        if problems:
            listed = "\n".join(f"- {problem}" for problem in problems)
            raise ToolError(REFUSED.format(tool=definition.name, problems=listed))
        return await tool(**arguments)

    return ToolDef(
        execute,
        name=definition.name,
        description=definition.description,
        parameters=exact.model_copy(update={"properties": loose}),
        parallel=definition.parallel,
        viewer=definition.viewer,
        model_input=definition.model_input,
        max_output=definition.max_output,
        options=definition.options,
    ).as_tool()


def argument_problems(schema: ToolParams, arguments: dict[str, Any]) -> Iterator[str]:
    """What is wrong with the arguments of a call, each with the path of its field."""
    from jsonschema import Draft7Validator  # half a second: it compiles a grammar of addresses

    for error in Draft7Validator(schema.model_dump(exclude_none=True)).iter_errors(arguments):
        yield from map(_said, _innermost(error))


def _loosened(schema: ToolParam) -> ToolParam:
    """The schema, or anything, where Inspect could not say what is wrong in it."""
    if not (schema.anyOf or schema.items or schema.properties):
        return schema
    kept = {"description": schema.description, "default": schema.default}
    members = schema.anyOf or [schema.model_copy(update=dict.fromkeys(kept))]
    return ToolParam(anyOf=[*members, JSONSchema()], **kept)


def _innermost(error: "SchemaError") -> "list[SchemaError]":
    """The errors that say most: of a union, those of the member that the value came closest to."""
    if error.validator != "anyOf" or not error.context:
        return [error]
    members: dict[int, list[SchemaError]] = {}
    for each in error.context:
        if each.validator_value != "null":
            members.setdefault(int(each.schema_path[0]), []).append(each)
    if not members:
        return [error]
    closest = max(members.values(), key=lambda errors: min(len(each.absolute_path) for each in errors))
    return [inner for each in closest for inner in _innermost(each)]


def _said(error: "SchemaError") -> str:
    value = repr(error.instance)
    message = error.message
    if len(value) > LONGEST:
        message = message.replace(value, f"{value[:LONGEST]}…")
    return f"{'/'.join(map(str, error.absolute_path)) or 'arguments'}: {message}"
