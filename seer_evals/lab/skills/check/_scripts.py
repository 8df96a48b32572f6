"""The modules: signatures, names, and imports that a sandbox can satisfy."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from seer_evals.lab.functions import FunctionError, function_errors
from seer_evals.lab.skills.check._sources import exposed_names, modules, tree_of
from seer_evals.lab.skills.names import LONGEST, reserved_modules, reserved_names
from seer_evals.problem import Problem

ABSENT = "seer_evals"
"""Our package, which no sandbox has."""


def script_problems(folder: Path) -> Iterator[Problem]:
    """What is wrong with `scripts/*.py`."""
    paths = modules(folder)
    for path in paths:
        yield from _module_name(path)
        yield from _of_functions(path, f"scripts/{path.name}")
    yield from _twice(paths)
    if paths and not any(exposed_names(path) for path in paths):
        yield Problem(
            "scripts", "no function is marked with @expose, so there is nothing to hand over; mark one, or use assets/"
        )


def module_problems(path: Path, shown: str) -> Iterator[Problem]:
    """What is wrong with a file of functions that is handed over by itself, as an interface is.

    Args:
        path: The file.
        shown: What problems call it.
    """
    yield from _of_functions(path, shown)
    if not exposed_names(path) and tree_of(path).body:
        yield Problem(shown, "no function is marked with @expose, so there is nothing to call; mark one")


def _of_functions(path: Path, shown: str) -> Iterator[Problem]:
    for error in function_errors(path):
        yield _from(error, path, shown)
    yield from _function_names(path, shown)
    yield from _imports(path, shown)


def _from(error: FunctionError, path: Path, shown: str) -> Problem:
    """The error begins with the file and, mostly, the line."""
    found = re.match(rf"{re.escape(path.name)}(?:, line (\d+))?:? ?(.*)", str(error), re.DOTALL)
    assert found is not None
    return Problem(shown, found[2], int(found[1] or 0))


def _module_name(path: Path) -> Iterator[Problem]:
    if not path.stem.isidentifier():
        proper = path.stem.replace("-", "_")
        yield Problem(f"scripts/{path.name}", f"cannot be imported by this name; rename it, such as {proper}.py")
    elif reason := reserved_modules().get(path.stem):
        yield Problem(f"scripts/{path.name}", f"has the name {path.stem!r}, {reason}; rename it")


def _function_names(path: Path, shown: str) -> Iterator[Problem]:
    for name, line in exposed_names(path).items():
        if reason := reserved_names().get(name):
            yield Problem(shown, f"the function is called {name!r}, {reason}; rename it", line)
        if len(name) > LONGEST:
            yield Problem(shown, f"{name!r} has {len(name)} characters; a tool has {LONGEST}", line)


def _imports(path: Path, shown: str) -> Iterator[Problem]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom) and node.level:
            message = f"a relative import fails here: write `from {node.module or '…'} import …`"
            yield Problem(shown, message, node.lineno)
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
        if any(name.split(".")[0] == ABSENT for name in names):
            message = f"imports {ABSENT}, which is not in the sandbox; use seer_runtime"
            yield Problem(shown, message, getattr(node, "lineno", 0))


def _twice(paths: list[Path]) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for path in paths:
        for name, line in exposed_names(path).items():
            if name in seen:
                message = f"{name!r} is also a function of {seen[name]}, and would be one tool; rename one of them"
                yield Problem(f"scripts/{path.name}", message, line)
            seen.setdefault(name, path.name)
