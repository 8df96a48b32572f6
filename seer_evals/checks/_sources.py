"""Python files that are loaded by their path, read without being run."""

import ast
from collections.abc import Iterator
from pathlib import Path

from seer_evals import by_path


def source_problems(path: Path) -> Iterator[str]:
    """What keeps a file from being loaded by its path, or makes it another file's neighbour."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError) as error:
        yield f"{path.name} is no Python: {error}"
        return
    beside = {each.stem for each in path.parent.glob("*.py")} - {path.stem}
    for line, name in imports(tree):
        if name.startswith("."):
            yield f"{path.name}:{line}: loaded by its path, it has no relative imports; use HERE.beside"
        elif name in beside and not path.is_relative_to(by_path.PACKAGE):
            yield (
                f"{path.name}:{line}: `import {name}` gets the first module of that name, which may be another "
                f'file\'s; write HERE.beside("{name}"), with HERE = Folder.of(__file__)'
            )


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and first part of the name of what is imported; a dot for what is relative."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.split(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, "." if node.level else (node.module or "").split(".")[0]


def marked(path: Path, mark: str) -> list[ast.FunctionDef]:
    """The functions of a file under a decorator, such as `solver`, as Inspect finds them: without running it."""
    functions = [each for each in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(each, ast.FunctionDef)]
    return [each for each in functions if any(_name(found) == mark for found in each.decorator_list)]


def _name(decorator: ast.expr) -> str:
    return ast.unparse(decorator).split("(")[0].rpartition(".")[2]


def one_marked(path: Path, mark: str, kind: str) -> Iterator[str]:
    """What is wrong with the one function that makes a harness or a scorer."""
    found = marked(path, mark)
    if len(found) != 1:
        names = ", ".join(each.name for each in found) or "none"
        yield f"{path.name} has to have one {kind}, a function under @{mark}; it has: {names}"
        return
    (function,) = found
    if not ast.get_docstring(function):
        yield f"{path.name}:{function.lineno}: {function.name} has no docstring: say in a sentence what it does"
    arguments = function.args
    lacking = [each.arg for each in arguments.args[: len(arguments.args) - len(arguments.defaults)]]
    pairs = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    lacking += [each.arg for each, default in pairs if default is None]
    if lacking:
        names = ", ".join(lacking)
        yield f"{path.name}:{function.lineno}: {names} without a default: give one, so that it runs without -S"
    if not any(_name(each) == "checked" for each in function.decorator_list):
        yield (
            f"{path.name}:{function.lineno}: put @checked (seer_evals.parameters) below @{mark}, so that a wrong -S is "
            "one line and no traceback"
        )


def file_of(path: Path, suffix: str = ".py") -> Iterator[str]:
    """Whether there is such a file."""
    if not path.is_file() or path.suffix != suffix:
        yield f"{path} is no {suffix} file"
