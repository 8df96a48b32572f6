"""What is read off the syntax of a cell alone."""

import ast
import re
from typing import Any

from seer_evals.scorers._fidelity.numbers import shown_in

READERS = {"open", "read", "read_text", "read_bytes", "load", "load_file", "read_csv", "read_json"}
DATA = "study/"
"""Where the data of a study are."""
PRINTERS = {"print", "display", "pprint", "show", "write"}
_MAGIC = re.compile(r"^\s*(?:%%\w+.*|[%!].*)$")


def parsed(source: str) -> ast.Module:
    """The tree of a cell, without its magics.

    Raises:
        SyntaxError: It is no Python; also as ValueError or RecursionError.
    """
    return ast.parse("\n".join("" if _MAGIC.match(line) else line for line in _without_magics(source)))


def _without_magics(source: str) -> list[str]:
    lines = source.splitlines()
    if lines and re.match(r"\s*%%(?!time|capture|timeit)", lines[0]):
        return []  # another language, or a file that is written
    return [re.sub(r"^(\s*)%time(?:it)?\s+", r"\1", line) for line in lines]


def reads_data(node: ast.AST) -> bool:
    """Whether something is read from the files of a study, which nobody made up."""
    inside = list(ast.walk(node))
    reads = any(isinstance(each, ast.Call) and called(each) in READERS for each in inside)
    return reads and any(isinstance(each, ast.Constant) and DATA in str(each.value) for each in inside)


def called(node: ast.Call) -> str:
    """The name of the function or method that is called."""
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def base_of(node: ast.expr) -> str | None:
    """The name of which this is a part."""
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def atoms_of(node: ast.expr) -> list[ast.expr]:
    """The parts of what is shown, each of which is shown as it is."""
    if isinstance(node, ast.JoinedStr):
        return [atom for part in node.values for atom in atoms_of(part)]
    if isinstance(node, ast.FormattedValue | ast.Starred):
        return atoms_of(node.value)
    if isinstance(node, ast.Dict):
        return [atom for part in node.values for atom in atoms_of(part)]
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return [atom for part in node.elts for atom in atoms_of(part)]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
        return [*atoms_of(node.left), *atoms_of(node.right)]
    if isinstance(node, ast.Call) and called(node) in ("dumps", "str", "repr", "dict", "list", "DataFrame", "Series"):
        return [atom for part in (*node.args, *(each.value for each in node.keywords)) for atom in atoms_of(part)]
    if isinstance(node, ast.Call) and called(node) in ("format", "join") and isinstance(node.func, ast.Attribute):
        return [atom for part in (node.func.value, *node.args) for atom in atoms_of(part)]
    return [node]


def bound_in(node: ast.AST) -> set[str]:
    """Names that an expression binds for itself."""
    if isinstance(node, ast.Lambda):
        return {each.arg for each in ast.walk(node.args) if isinstance(each, ast.arg)}
    targets = [each.target for each in getattr(node, "generators", ())]
    return {each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)}


def floats_in(value: Any) -> frozenset[float]:
    """The numbers with a decimal point in a value; whole ones stand everywhere, as layers and sizes."""
    if isinstance(value, str):
        return frozenset(each.value for each in shown_in(value[:20_000]) if each.decimals > 0)
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list | tuple | set):
        return frozenset().union(*(floats_in(each) for each in value))
    return frozenset({value}) if isinstance(value, float) and abs(value) < 1e300 else frozenset()
