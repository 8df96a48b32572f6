"""The documented example: there, Python, and about the skill's functions."""

import ast
from collections.abc import Iterator
from pathlib import Path

from seer_evals.lab.skills._example import find_example
from seer_evals.lab.skills.check._sources import exposed_names, modules
from seer_evals.problem import Problem


def example_problems(folder: Path, text: str) -> Iterator[Problem]:
    """What is wrong with the example; a skill without Python modules needs none."""
    names = {name for path in modules(folder) for name in exposed_names(path)}
    if not modules(folder):
        return
    try:
        code = find_example(text)
    except ValueError as error:
        yield Problem("SKILL.md", str(error).removeprefix("SKILL.md "))
        return
    first = text[: text.index(code)].count("\n") + 1
    try:
        tree = compile(code, "example", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError as error:
        yield Problem("SKILL.md", f"the example is not valid Python: {error.msg}", first + (error.lineno or 1) - 1)
        return
    stems = {path.stem for path in modules(folder)}
    if names and not (names | stems) & _used(tree):
        yield Problem("SKILL.md", f"the example uses none of the skill's functions; use {_one(names)}", first)


def _used(tree: ast.AST) -> set[str]:
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    found |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return found | {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def _one(names: set[str]) -> str:
    return " or ".join(f"`{name}`" for name in sorted(names))
