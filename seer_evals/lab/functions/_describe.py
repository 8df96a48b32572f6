"""The exposed functions of a Python file, read from its source: it is never run on the host."""

import ast
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

from docstring_parser import Docstring, DocstringStyle, parse

from seer_evals.lab.functions._schema import UnknownType, schema_of
from seer_evals.lab.functions._spec import Function, Kind, Parameter


class FunctionError(ValueError):
    """A function that cannot be exposed; the message says where and what to change."""


def describe(path: Path) -> list[Function]:
    """The functions of a file that are marked with `@expose`, in order.

    Raises:
        FunctionError: The file is no Python, or a function lacks a type, a docstring or the description of a parameter,
            or its name begins with an underscore.
    """
    return [_describe(path, node) for node in _nodes(path)]


def function_errors(path: Path) -> list[FunctionError]:
    """Everything that keeps the functions of a file from being exposed; `describe` raises the first of it."""
    try:
        return [error for node in _nodes(path) for error in _errors(path, node)]
    except FunctionError as error:
        return [error]


def _nodes(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, UnicodeDecodeError) as error:
        raise FunctionError(f"{path.name} is not valid Python: {error}") from error
    return [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _exposed(node)]


def _exposed(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(
        (isinstance(mark, ast.Name) and mark.id == "expose")
        or (isinstance(mark, ast.Attribute) and mark.attr == "expose")
        for mark in node.decorator_list
    )


def _where(path: Path, node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    return f"{path.name}, line {node.lineno}: {node.name}"


def _describe(path: Path, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Function:
    for error in _errors(path, node):
        raise error
    doc = ast.get_docstring(node) or ""
    parsed = parse(doc, DocstringStyle.GOOGLE)
    descriptions = _descriptions(parsed)
    return Function(
        module=path.stem,
        name=node.name,
        parameters=tuple(_parameter(_where(path, node), *each, descriptions) for each in _listed(node.args)),
        returns=ast.unparse(node.returns) if node.returns else "",
        doc=doc,
        summary=dedent(parsed.description or "").strip(),
        is_async=isinstance(node, ast.AsyncFunctionDef),
    )


def _errors(path: Path, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[FunctionError]:
    where, doc = _where(path, node), ast.get_docstring(node)
    if node.name.startswith("_"):
        yield FunctionError(f"{where} begins with an underscore, so it is private; rename it or remove @expose")
    if not doc:
        yield FunctionError(f"{where} has no docstring; the agent learns from it what the function is for")
    descriptions = _descriptions(parse(doc, DocstringStyle.GOOGLE)) if doc else None
    for each in _listed(node.args):
        try:
            _parameter(where, *each, descriptions)
        except FunctionError as error:
            yield error


def _descriptions(doc: Docstring) -> dict[str, str]:
    return {item.arg_name.lstrip("*"): item.description or "" for item in doc.params}


def _listed(arguments: ast.arguments) -> list[tuple[ast.arg, Kind, ast.expr | None]]:
    """Each parameter with its kind and default."""
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults))
    listed: list[tuple[ast.arg, Kind, ast.expr | None]] = []
    for i, (argument, default) in enumerate(zip(positional, [*defaults, *arguments.defaults], strict=True)):
        kind: Kind = "positional_only" if i < len(arguments.posonlyargs) else "positional_or_keyword"
        listed.append((argument, kind, default))
    if arguments.vararg:
        listed.append((arguments.vararg, "var_positional", None))
    listed += [(a, "keyword_only", d) for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
    if arguments.kwarg:
        listed.append((arguments.kwarg, "var_keyword", None))
    return listed


def _parameter(
    where: str, argument: ast.arg, kind: Kind, default: ast.expr | None, descriptions: dict[str, str] | None
) -> Parameter:
    if argument.annotation is None:
        raise FunctionError(f"{where}: parameter {argument.arg!r} has no type")
    annotation = argument.annotation
    text = annotation.value if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str) else None
    try:
        schema = schema_of(annotation)
    except UnknownType as error:
        raise FunctionError(f"{where}: parameter {argument.arg!r}: {error}") from error
    parameter = Parameter(
        name=argument.arg,
        kind=kind,
        annotation=text or ast.unparse(annotation),
        default=ast.unparse(default) if default is not None else None,
        json_schema=schema,
        description=(descriptions or {}).get(argument.arg, ""),
    )
    if descriptions is not None and not parameter.description and not parameter.is_model:
        raise FunctionError(f"{where}: parameter {argument.arg!r} is not described under `Args:` in the docstring")
    return parameter
