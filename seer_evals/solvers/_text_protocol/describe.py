"""Tools as text, for a model that has to be told about them in its prompt."""

import json
from collections.abc import Sequence

from inspect_ai.tool import Tool, ToolDef
from inspect_ai.util import JSONSchema


def describe_tools(tools: Sequence[Tool]) -> str:
    """Each tool with its parameters: name, type, whether it may be left out, and what it is."""
    return "\n\n".join(_describe(ToolDef(tool)) for tool in tools)


def _describe(tool: ToolDef) -> str:
    lines = [f"{tool.name}: {tool.description}"]
    for name, schema in tool.parameters.properties.items():
        optional = "" if name in tool.parameters.required else f", optional, {json.dumps(schema.default)} if left out"
        lines.append(f"  - {name} ({_type(schema)}{optional}): {schema.description or ''}".rstrip(": "))
    return "\n".join(lines)


def _type(schema: JSONSchema) -> str:
    if schema.enum:
        return " or ".join(json.dumps(value) for value in schema.enum)
    if schema.anyOf:
        # The last member of a union that is checked elsewhere says that anything is let through.
        return " or ".join(_type(each) for each in schema.anyOf if each != JSONSchema())
    if schema.type == "array" and schema.items:
        return f"list of {_type(schema.items)}"
    if schema.type == "object" and schema.properties:
        return f"object with {', '.join(f'{name}: {_type(each)}' for name, each in schema.properties.items())}"
    return str(schema.type or "anything")
