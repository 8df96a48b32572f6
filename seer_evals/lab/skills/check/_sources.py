"""The Python modules of a skill, read as far as they can be."""

import ast
from pathlib import Path


def modules(folder: Path) -> list[Path]:
    """`scripts/*.py`, without those that are not handed over."""
    return sorted(path for path in (folder / "scripts").glob("*.py") if not path.name.startswith((".", "_")))


def tree_of(path: Path) -> ast.Module:
    """The syntax tree; an empty one if it is no Python."""
    try:
        return ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError):
        return ast.Module([], [])


def exposed_names(path: Path) -> dict[str, int]:
    """Names of the functions that are marked with `@expose`, and their lines."""
    functions = [node for node in tree_of(path).body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {node.name: node.lineno for node in functions if _marked(node)}


def _marked(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(ast.unparse(mark).rsplit(".", 1)[-1] == "expose" for mark in node.decorator_list)
