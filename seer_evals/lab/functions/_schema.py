"""JSON schemas of type annotations, read from their source: nothing is imported."""

import ast
from typing import Any

TENSOR = {"type": "array", "x-tensor": True}
_SIMPLE: dict[str, dict[str, Any]] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "None": {"type": "null"},
    "Any": {},
    "object": {},
    "LanguageModel": {"type": "string"},
    "Tensor": TENSOR,
    "ndarray": TENSOR,
    "NDArray": TENSOR,
    "dict": {"type": "object"},
    "Mapping": {"type": "object"},
    "list": {"type": "array"},
    "tuple": {"type": "array"},
    "Sequence": {"type": "array"},
    "Iterable": {"type": "array"},
}
_ARRAYS = ("list", "Sequence", "Iterable", "set", "frozenset")


class UnknownType(ValueError):
    """An annotation that no caller could fill in."""


def schema_of(annotation: ast.expr) -> dict[str, Any]:
    """The JSON schema of a type annotation.

    Understood are str, int, float, bool, None, Any, list, tuple, dict, Literal, unions, numpy arrays, torch tensors and
    `LanguageModel`.

    Raises:
        UnknownType: Another type.
    """
    match annotation:
        case ast.Constant(value=None):
            return _SIMPLE["None"]
        case ast.Constant(value=str(text)):
            return schema_of(ast.parse(text, mode="eval").body)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _union([schema_of(left), schema_of(right)])
        case ast.Name() | ast.Attribute() if (name := _name(annotation)) in _SIMPLE:
            return dict(_SIMPLE[name])
        case ast.Subscript(value=value, slice=inner):
            return _generic(_name(value), list(inner.elts) if isinstance(inner, ast.Tuple) else [inner], annotation)
    raise _unknown(annotation)


def _generic(name: str, inner: list[ast.expr], annotation: ast.expr) -> dict[str, Any]:
    if name in _ARRAYS and len(inner) == 1:
        return {"type": "array", "items": schema_of(inner[0])}
    if name == "tuple" and isinstance(inner[-1], ast.Constant) and inner[-1].value is Ellipsis:
        return {"type": "array", "items": schema_of(inner[0])}
    if name == "tuple":
        items = [schema_of(item) for item in inner]
        return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}
    if name in ("dict", "Mapping") and len(inner) == 2:
        return {"type": "object", "additionalProperties": schema_of(inner[1])}
    if name == "Literal":
        return {"enum": [ast.literal_eval(item) for item in inner]}
    if name == "Optional" and len(inner) == 1:
        return _union([schema_of(inner[0]), _SIMPLE["None"]])
    if name == "Union":
        return _union([schema_of(item) for item in inner])
    if name == "Annotated":
        return schema_of(inner[0])
    if name in ("ndarray", "NDArray"):
        return dict(TENSOR)
    raise _unknown(annotation)


def _union(schemas: list[dict[str, Any]]) -> dict[str, Any]:
    if {} in schemas:
        return {}
    flat = [part for schema in schemas for part in schema.get("anyOf", [schema])]
    return {"anyOf": flat}


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _unknown(annotation: ast.expr) -> UnknownType:
    return UnknownType(
        f"type {ast.unparse(annotation)!r} cannot be handed to an agent; use str, int, float, bool, None, list, tuple, "
        "dict, Literal, a union of these, a numpy array, a torch tensor, or LanguageModel"
    )
