"""Values of expressions that nothing but their source decides: literals, and what plain Python makes of them.

Nothing of an agent's is run: only nodes, functions and methods that are listed here are evaluated, within bounds.
"""

import ast
import operator
import re
import string
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

MOST_CHARACTERS = 20_000
MOST_ITEMS = 5_000
MOST_POWER = 64
MOST_STEPS = 200_000
"""Of one reading of a notebook: some seconds at most."""
_WIDE = re.compile(r"\d{4,}|\{")
_WIDE_PERCENT = re.compile(r"%[^%a-zA-Z]*(?:\d{4,}|\*)")
"""In a format: a width that would be a text of its own size, or one that stands elsewhere."""
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


class TooInvolved(Exception):
    """Reading it takes more than any investigator's cells do: loops in loops that were written to keep us busy."""


class Effort:
    """What may still be spent on reading."""

    def __init__(self, steps: int = MOST_STEPS) -> None:
        self._left = steps

    def spend(self, steps: int = 1) -> None:
        """Take some.

        Raises:
            TooInvolved: There is none left.
        """
        self._left -= steps
        if self._left < 0:
            raise TooInvolved


def constant(node: ast.AST, names: Constants, effort: Effort) -> Any:
    """The value of an expression.

    Args:
        node: The expression.
        names: Values of names that are constant.
        effort: What it may take.

    Raises:
        NotConstant: It has none that can be told from its source.
        TooInvolved: It takes more.
    """
    try:
        value = _bounded(_value(node, names, effort))
        effort.spend(1 + (len(value) // 50 if isinstance(value, str | list | tuple | dict | set) else 0))
        return value
    except (NotConstant, TooInvolved):
        raise
    except Exception as error:
        raise NotConstant from error


def _value(node: ast.AST, names: Constants, effort: Effort) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return names[node.id] if node.id in names else _absent()
    if isinstance(node, ast.UnaryOp | ast.BinOp):
        return _operation(node, names, effort)
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return [constant(each, names, effort) for each in node.elts]
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return {constant(key, names, effort): constant(value, names, effort) for key, value in pairs if key is not None}
    if isinstance(node, ast.Subscript):
        return constant(node.value, names, effort)[_index(node.slice, names, effort)]
    if isinstance(node, ast.JoinedStr):
        return "".join(str(_part(each, names, effort)) for each in node.values)
    if isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp):
        return _comprehended(node, names, effort)
    return _called(node, names, effort) if isinstance(node, ast.Call) else _absent()


def _absent() -> NoReturn:
    raise NotConstant


def _operation(node: ast.UnaryOp | ast.BinOp, names: Constants, effort: Effort) -> Any:
    sides = [node.operand] if isinstance(node, ast.UnaryOp) else [node.left, node.right]
    values = [constant(each, names, effort) for each in sides]
    if isinstance(node.op, ast.Pow) and all(isinstance(v, int | float) and abs(v) <= MOST_POWER for v in values):
        return values[0] ** values[1]
    repeated = [len(v) for v in values if isinstance(v, str | bytes | list | tuple)]
    if isinstance(node.op, ast.Mult) and repeated:
        times = [abs(v) for v in values if isinstance(v, int)]
        _ = [_absent() for v in times if v * repeated[0] > MOST_CHARACTERS]
    if isinstance(node.op, ast.Mod) and isinstance(values[0], str) and _WIDE_PERCENT.search(values[0]):
        _absent()
    return _OPERATORS[type(node.op)](*values)


def _index(node: ast.expr, names: Constants, effort: Effort) -> Any:
    if not isinstance(node, ast.Slice):
        return constant(node, names, effort)
    return slice(*(each and constant(each, names, effort) for each in (node.lower, node.upper, node.step)))


def _part(node: ast.expr, names: Constants, effort: Effort) -> Any:
    if not isinstance(node, ast.FormattedValue):
        return constant(node, names, effort)
    form = constant(node.format_spec, names, effort) if node.format_spec else ""
    if _WIDE.search(form):
        _absent()
    value = constant(node.value, names, effort)
    return format(repr(value) if node.conversion == ord("r") else value, form)


def _comprehended(node: ast.ListComp | ast.GeneratorExp | ast.SetComp, names: Constants, effort: Effort) -> list[Any]:
    if len(node.generators) != 1 or node.generators[0].ifs:
        _absent()
    loop = node.generators[0]
    values = items(constant(loop.iter, names, effort))
    return [constant(node.elt, {**names, **bound(loop.target, each)}, effort) for each in values]


def _called(node: ast.Call, names: Constants, effort: Effort) -> Any:
    arguments = [constant(each, names, effort) for each in node.args if not _is_function(each)]
    keywords = {each.arg: constant(each.value, names, effort) for each in node.keywords if each.arg is not None}
    if isinstance(node.func, ast.Name) and node.func.id in _FUNCTIONS and node.func.id not in names:
        if node.func.id == "map":
            function = _FUNCTIONS[node.args[0].id] if isinstance(node.args[0], ast.Name) else _absent()
            return [function(each) for each in items(arguments[0])]
        if node.func.id == "range" and len(range(*arguments)) > MOST_ITEMS:
            _absent()
        if node.func.id == "round" and any(abs(v) > MOST_POWER for v in (*arguments[1:], *keywords.values())):
            _absent()
        return _FUNCTIONS[node.func.id](*arguments, **keywords)
    if isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS:
        owner = constant(node.func.value, names, effort)
        if isinstance(owner, str) and not _is_short(node.func.attr, owner, arguments):
            _absent()
        return getattr(owner, node.func.attr)(*arguments, **keywords)
    return _absent()


def _is_short(method: str, owner: str, arguments: Sequence[Any]) -> bool:
    """Whether a method of a text gives none that is much longer than what was written."""
    if method == "format":
        fields = [each for each in string.Formatter().parse(owner) if each[1] is not None]
        return not any(_WIDE.search(spec or "") or set(name or "") & set(".[") for _, name, spec, _ in fields)
    if method == "replace":
        return (owner.count(arguments[0]) + 1) * (len(arguments[1]) + 1) <= MOST_CHARACTERS
    return method != "join" or len(owner) * len(arguments[0]) <= MOST_CHARACTERS


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
    if isinstance(value, list | tuple | dict | set) and (len(value) > MOST_ITEMS or _is_heavy(value)):
        _absent()
    return value


def _is_heavy(value: Any) -> bool:
    """Whether it would be long if it were printed: what stands in it a thousand times may be one object."""
    waiting, weight = [value], 0
    while waiting and weight <= MOST_CHARACTERS:
        each = waiting.pop()
        weight += 1 + (len(each) if isinstance(each, str | bytes) else 0)
        if isinstance(each, dict):
            waiting += [*each, *each.values()]
        elif isinstance(each, list | tuple | set):
            waiting += each
    return weight > MOST_CHARACTERS


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
