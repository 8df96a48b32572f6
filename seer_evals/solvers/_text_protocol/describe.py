"""Tools as text, for a model that has to be told about them in its prompt: briefly, and in full where it asks."""

import json
import re
from collections.abc import Sequence

from inspect_ai.tool import Tool, ToolDef
from inspect_ai.util import JSONSchema

_SHORT = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "array": "list", "object": "object"}


def outline_tools(tools: Sequence[Tool]) -> str:
    """A line for each tool: its signature, and how the first sentence about it begins."""
    return "\n".join(_outline(ToolDef(tool)) for tool in tools)


def describe_tools(tools: Sequence[Tool]) -> str:
    """Each tool with its parameters: name, type, whether it may be left out, and what it is."""
    return "\n\n".join(_describe(ToolDef(tool)) for tool in tools)


def _outline(tool: ToolDef) -> str:
    first = re.split(r"[.;:] |, (?:and|or|when|like) ", tool.description.strip().split("\n", 1)[0])[0].rstrip(".")
    return f"- {tool.name}({', '.join(_parameters(tool))}): {first}."


def _parameters(tool: ToolDef) -> list[str]:
    """As in a Python signature, without those that are seldom given: `…` stands for them."""
    given = tool.parameters.properties
    needed = [f"{name}: {_type(schema)}" for name, schema in given.items() if name in tool.parameters.required]
    others = {name: schema for name, schema in given.items() if name not in tool.parameters.required}
    chosen = [f"{name} = {json.dumps(each.default)}" for name, each in others.items() if each.default is not None]
    return [*needed, *chosen, *(["…"] if len(chosen) < len(others) else [])]


def _describe(tool: ToolDef) -> str:
    lines = [f"{tool.name}: {tool.description}"]
    for name, schema in tool.parameters.properties.items():
        optional = "" if name in tool.parameters.required else f", optional, {json.dumps(schema.default)} if left out"
        lines.append(f"  - {name} ({_type(schema)}{optional}): {schema.description or ''}".rstrip(": "))
    return "\n".join(lines)


def _type(schema: JSONSchema) -> str:
    if schema.enum:
        return " | ".join(json.dumps(value) for value in schema.enum)
    if schema.anyOf:
        # The last member of a union that is checked elsewhere says that anything is let through.
        return " | ".join(_type(each) for each in schema.anyOf if each != JSONSchema() and each.type != "null")
    if schema.type == "array" and schema.items:
        return f"list of {_type(schema.items)}"
    if schema.type == "object" and schema.properties:
        return f"{{{', '.join(f'{name}: {_type(each)}' for name, each in schema.properties.items())}}}"
    return _SHORT.get(str(schema.type), "anything")
