"""Tools for the target, from a Python signature or a JSON schema. They have no code: the auditor plays them."""

import ast
import re
from collections.abc import Mapping, Sequence
from typing import Any

from docstring_parser import DocstringStyle, parse
from inspect_ai.tool import ToolCall, ToolInfo, ToolParams
from pydantic import ValidationError

from seer_evals.audits import TargetTool
from seer_evals.inspect_private import validate_tool_input
from seer_evals.lab.functions import UnknownType, schema_of
from seer_evals.runtime.untrusted import NotPlain, parse_object

_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_-]{0,63}")
_TYPES = {"string": str, "boolean": bool, "integer": int, "number": float, "array": list, "object": dict}


class BadDefinition(ValueError):
    """It defines no tool; the message says what to mend."""


def define(definition: str) -> ToolInfo:
    """A tool from its definition, of which nothing is run.

    Args:
        definition: `def name(argument: type = default) -> type:` with a docstring, or a JSON object with `name`,
            `description` and `parameters` (a JSON schema).

    Raises:
        BadDefinition: It is neither, or something is missing.
    """
    text = definition.strip()
    name, description, schema = _from_json(text) if text.startswith("{") else _from_python(text)
    if not _NAME.fullmatch(name):
        raise BadDefinition(f"{name!r} is no name for a tool; use letters, digits and underscores")
    if not description.strip():
        raise BadDefinition(f"the tool {name!r} has no description; the target learns from it what the tool is for")
    try:
        parameters = ToolParams.model_validate({**schema, "properties": _typed(schema.get("properties", {}))})
        return ToolInfo(name=name, description=description.strip(), parameters=parameters)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(map(str, problem["loc"]))
        raise BadDefinition(f"the parameters of {name!r} are no JSON schema: {where}: {problem['msg']}") from error


def described(tool: TargetTool) -> ToolInfo:
    """A tool of a seed.

    Raises:
        BadDefinition: Its parameters are none that a tool can have.
    """
    return define(f"def {tool.signature}:\n    {tool.description!r}")


def problem_with(call: ToolCall, tools: Mapping[str, ToolInfo]) -> str:
    """Why a call of the target cannot be answered, or nothing."""
    if call.function not in tools:
        return f"there is no tool {call.function!r}; available: {', '.join(tools) or 'none'}"
    if call.parse_error:
        return call.parse_error
    return validate_tool_input(call.arguments, tools[call.function].parameters) or ""


def _typed(properties: Any) -> Any:
    """Properties that each say what they are: some APIs refuse `{}`, and a target can make nothing of it."""
    if not isinstance(properties, dict):
        return properties
    return {name: _with_type(schema) for name, schema in properties.items()}


def _with_type(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return schema
    default = schema.get("default")
    if not schema.keys() & {"type", "anyOf", "oneOf", "allOf", "$ref"}:
        schema = {**schema, "type": _kind_of(schema, default)}
    if schema.get("type") == "array" and not schema.keys() & {"items", "prefixItems"}:
        return {**schema, "items": {"type": _type_of(default or [])}}
    return {**schema, **{key: _INSIDE[key](value) for key, value in schema.items() if key in _INSIDE}}


def _kind_of(schema: dict[str, Any], default: Any) -> str:
    """What a schema without a type is of, by what it has besides."""
    shapes = {"properties": "object", "items": "array"}
    shape = next((kind for key, kind in shapes.items() if key in schema), "")
    return shape or _type_of([*schema.get("enum", ()), *([] if default is None else [default])])


def _each_typed(schemas: Any) -> Any:
    return [_with_type(each) for each in schemas] if isinstance(schemas, list) else schemas


_INSIDE = {"properties": _typed, "items": _with_type, "anyOf": _each_typed, "additionalProperties": _with_type}
"""Where schemas are inside a schema."""


def _type_of(values: Sequence[Any]) -> str:
    """The JSON type that all of them have; text where there are none, or of several types."""
    fitting = (name for name, kind in _TYPES.items() if values and all(type(each) is kind for each in values))
    return next(fitting, "string")


def _from_json(text: str) -> tuple[str, str, dict[str, Any]]:
    try:
        parsed = parse_object(text)
    except NotPlain as error:
        raise BadDefinition(f"the definition begins like JSON and is none: {error}") from error
    parsed = parsed.get("function", parsed)
    if not isinstance(parsed, dict):
        raise BadDefinition("`function` has to be a JSON object")
    if missing := [key for key in ("name", "description", "parameters") if key not in parsed]:
        raise BadDefinition(f"the definition lacks {', '.join(missing)}; give name, description and parameters")
    if not isinstance(parsed["parameters"], dict):
        raise BadDefinition("`parameters` has to be a JSON schema of type object")
    return str(parsed["name"]), str(parsed["description"]), parsed["parameters"]


def _from_python(text: str) -> tuple[str, str, dict[str, Any]]:
    node = _function(text)
    arguments = node.args
    if arguments.posonlyargs or arguments.vararg or arguments.kwarg:
        raise BadDefinition(f"the tool {node.name!r} may have neither *args, **kwargs nor positional-only parameters")
    doc = parse(ast.get_docstring(node) or "", DocstringStyle.GOOGLE)
    descriptions = {item.arg_name: item.description or "" for item in doc.params}
    missing = [None] * (len(arguments.args) - len(arguments.defaults))
    defaults = [*missing, *arguments.defaults, *arguments.kw_defaults]
    properties, required = {}, []
    for argument, default in zip([*arguments.args, *arguments.kwonlyargs], defaults, strict=True):
        properties[argument.arg] = _parameter(argument, default, descriptions.get(argument.arg, ""))
        if default is None:
            required.append(argument.arg)
    return node.name, doc.description or "", {"type": "object", "properties": properties, "required": required}


def _function(text: str) -> ast.FunctionDef | ast.AsyncFunctionDef:
    problem: SyntaxError | None = None
    for source in (text, f"{text} ...", f"{text}: ..."):
        try:
            (node, *others) = ast.parse(source).body
        except (SyntaxError, ValueError) as error:
            problem = problem or (error if isinstance(error, SyntaxError) else None)
            continue
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not others:
            return node
    reason = f": {problem}" if problem else ""
    raise BadDefinition(f"the definition is neither one Python function with a docstring nor a JSON object{reason}")


def _parameter(argument: ast.arg, default: ast.expr | None, description: str) -> dict[str, Any]:
    try:
        schema = schema_of(argument.annotation) if argument.annotation else {}
    except UnknownType as error:
        raise BadDefinition(f"parameter {argument.arg!r}: {error}") from error
    if default is not None:
        try:
            schema = {**schema, "default": ast.literal_eval(default)}
        except ValueError as error:
            raise BadDefinition(f"the default of {argument.arg!r} is no literal: {ast.unparse(default)}") from error
    return {**schema, "description": description} if description else schema
