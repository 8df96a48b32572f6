"""Values of expressions that nothing but their source decides: literals, and what plain Python makes of them.

Nothing of an agent's is run: only nodes, functions and methods that are listed here are evaluated, within bounds.
"""

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

MOST_CHARACTERS = 20_000
MOST_ITEMS = 5_000
MOST_POWER = 64
_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
_PURE: tuple[Callable[..., Any], ...] = (
    abs, bool, chr, dict, enumerate, float, int, len, list, map, max, min, ord, range, repr, reversed, round, set,
    sorted, str, sum, tuple, zip
)  # fmt: skip
_FUNCTIONS: dict[str, Callable[..., Any]] = {each.__name__: each for each in _PURE}
_METHODS = {
    "capitalize", "count", "endswith", "format", "get", "index", "items", "join", "keys", "lower", "lstrip", "replace",
    "rstrip", "split", "splitlines", "startswith", "strip", "title", "upper", "values"
}  # fmt: skip
Constants = Mapping[str, Any]


class NotConstant(Exception):
    """The value depends on something else, or would be too large."""


def constant(node: ast.AST, names: Constants) -> Any:
    """The value of an expression.

    Args:
        node: The expression.
        names: Values of names that are constant.

    Raises:
        NotConstant: It has none that can be told from its source.
    """
    try:
        return _bounded(_value(node, names))
    except NotConstant:
        raise
    except Exception as error:
        raise NotConstant from error


def _value(node: ast.AST, names: Constants) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return names[node.id] if node.id in names else _absent()
    if isinstance(node, ast.UnaryOp | ast.BinOp):
        return _operation(node, names)
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return [constant(each, names) for each in node.elts]
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return {constant(key, names): constant(value, names) for key, value in pairs if key is not None}
    if isinstance(node, ast.Subscript):
        return constant(node.value, names)[_index(node.slice, names)]
    if isinstance(node, ast.JoinedStr):
        return "".join(str(_part(each, names)) for each in node.values)
    if isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp):
        return _comprehended(node, names)
    return _called(node, names) if isinstance(node, ast.Call) else _absent()


def _absent() -> Any:
    raise NotConstant


def _operation(node: ast.UnaryOp | ast.BinOp, names: Constants) -> Any:
    sides = [node.operand] if isinstance(node, ast.UnaryOp) else [node.left, node.right]
    values = [constant(each, names) for each in sides]
    if isinstance(node.op, ast.Pow) and all(isinstance(v, int | float) and abs(v) <= MOST_POWER for v in values):
        return values[0] ** values[1]
    if isinstance(node.op, ast.Mult) and any(isinstance(v, int) and abs(v) > MOST_ITEMS for v in values):
        _ = [_absent() for v in values if not isinstance(v, int | float)]
    return _OPERATORS[type(node.op)](*values)


def _index(node: ast.expr, names: Constants) -> Any:
    if not isinstance(node, ast.Slice):
        return constant(node, names)
    return slice(*(each and constant(each, names) for each in (node.lower, node.upper, node.step)))


def _part(node: ast.expr, names: Constants) -> Any:
    if not isinstance(node, ast.FormattedValue):
        return constant(node, names)
    form = constant(node.format_spec, names) if node.format_spec else ""
    if len(form) > 12:
        _absent()
    value = constant(node.value, names)
    return format(repr(value) if node.conversion == ord("r") else value, form)


def _comprehended(node: ast.ListComp | ast.GeneratorExp | ast.SetComp, names: Constants) -> list[Any]:
    if len(node.generators) != 1 or node.generators[0].ifs:
        return _absent()  # type: ignore[no-any-return]
    loop = node.generators[0]
    return [constant(node.elt, {**names, **bound(loop.target, each)}) for each in items(constant(loop.iter, names))]


def _called(node: ast.Call, names: Constants) -> Any:
    arguments = [constant(each, names) for each in node.args if not _is_function(each)]
    keywords = {each.arg: constant(each.value, names) for each in node.keywords if each.arg is not None}
    if isinstance(node.func, ast.Name) and node.func.id in _FUNCTIONS and node.func.id not in names:
        if node.func.id == "map":
            function = _FUNCTIONS[node.args[0].id] if isinstance(node.args[0], ast.Name) else _absent()
            return [function(each) for each in items(arguments[0])]
        if node.func.id == "range" and len(range(*arguments)) > MOST_ITEMS:
            _absent()
        return _FUNCTIONS[node.func.id](*arguments, **keywords)
    if isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS:
        owner = constant(node.func.value, names)
        if node.func.attr == "format" and any(len(each) > 12 for each in owner.split(":")[1:]):
            _absent()
        return getattr(owner, node.func.attr)(*arguments, **keywords)
    return _absent()


def _is_function(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in _FUNCTIONS


def _bounded(value: Any) -> Any:
    """Iterators as lists; nothing that is larger than anybody would write down."""
    if not isinstance(value, str | bytes | int | float | complex | None | list | tuple | dict | set):
        value = items(value)
    if isinstance(value, str | bytes) and len(value) > MOST_CHARACTERS:
        _absent()
    if isinstance(value, int) and abs(value) > 10**18:
        _absent()
    if isinstance(value, list | tuple | dict | set) and len(value) > MOST_ITEMS:
        _absent()
    return value


def items(value: Any) -> list[Any]:
    """What iterating over it gives.

    Raises:
        NotConstant: It cannot be iterated over, or has too many.
    """
    found = []
    try:
        for each in value:
            found.append(each)
            if len(found) > MOST_ITEMS:
                raise NotConstant
    except TypeError as error:
        raise NotConstant from error
    return found


def bound(target: ast.expr, value: Any) -> dict[str, Any]:
    """The names of a target, bound to a value.

    Raises:
        NotConstant: It does not fit.
    """
    if isinstance(target, ast.Name):
        return {target.id: value}
    if isinstance(target, ast.Tuple | ast.List):
        parts = items(value)
        if len(parts) != len(target.elts):
            raise NotConstant
        return {
            name: part for each, one in zip(target.elts, parts, strict=True) for name, part in bound(each, one).items()
        }
    raise NotConstant
