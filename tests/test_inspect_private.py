"""Inspect's private modules are reached through one file of ours."""

import ast
from pathlib import Path

import pytest

from seer_evals import inspect_private

FILE = Path(inspect_private.__file__)
ROOT = FILE.parent.parent
SOURCES = [path for room in ("seer_evals", "tests", "benchmarks") for path in sorted((ROOT / room).rglob("*.py"))]


def reaches_in(node: ast.AST) -> bool:
    """Whether an import names a private module of Inspect."""
    modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
    modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
    return any(name.startswith("inspect_ai.") and "._" in name for name in modules)


@pytest.mark.parametrize("name", sorted(inspect_private.WHERE))
def test_inspect_still_has_it_there(name: str) -> None:
    getattr(inspect_private, name)


def test_what_mypy_sees_is_what_python_imports() -> None:
    seen = {}
    for node in ast.walk(ast.parse(FILE.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and reaches_in(node):
            seen |= {
                (alias.asname or alias.name).removeprefix("_"): f"{node.module}:{alias.name}" for alias in node.names
            }
    where = {
        name: place if ":" in place else ":".join(place.rsplit(".", 1)) for name, place in inspect_private.WHERE.items()
    }
    assert seen == where


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_else_reaches_in(path: Path) -> None:
    if path != FILE:
        assert not any(reaches_in(node) for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def test_a_name_that_moved_says_where_to_mend_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(inspect_private.WHERE, "model_roles", "inspect_ai.model._model:gone")
    with pytest.raises(ImportError, match=r"Inspect has moved inspect_ai\.model\._model:gone: say in seer_evals"):
        _ = inspect_private.model_roles
