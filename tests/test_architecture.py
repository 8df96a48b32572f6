"""Rooms import only downwards, and looking at the package costs no torch."""

import ast
import re
import subprocess
import sys
from collections.abc import Set
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from benchmarks.architecture import FLOORS, PACKAGE, PAGE, written

FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Rooms of this package that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) and node.level == 0 else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [f"{name}.{alias.name}" for name in names if name == "seer_evals" for alias in node.names]  # type: ignore[attr-defined]
        found |= {name.split(".")[1] for name in names if name.startswith("seer_evals.")}
    return found


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_only_from_below(path: Path) -> None:
    room = room_of(path)
    if room not in FLOOR:
        assert path == PACKAGE / "__init__.py", f"{room} is on no floor"
        return
    for other in imports(path) - {room}:
        assert FLOOR[other] < FLOOR[room], f"{room} imports {other}"


def module_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path: Path, known: Set[str]) -> set[str]:
    """Modules of this package that a file imports anywhere: at its top, in a function, or for its types only."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            base = ".".join(path.relative_to(PACKAGE.parent).parts[: -node.level]) if node.level else ""
            whole = ".".join(part for part in (base, node.module) if part).replace("seer_runtime", "seer_evals.runtime")
            members = {f"{whole}.{alias.name}" for alias in node.names}
            found |= members & known or {whole}
    return found & known - {module_of(path)}


def test_no_modules_import_each_other_in_a_circle() -> None:
    files = {module_of(path): path for path in PACKAGE.rglob("*.py")}
    graph = {name: imported(path, files.keys()) for name, path in files.items()}
    assert sum(map(len, graph.values())) > 1000
    TopologicalSorter(graph).prepare()  # raises CycleError, which names them


def test_what_runs_in_a_sandbox_imports_nothing_of_the_rest() -> None:
    inside = [*(PACKAGE / "runtime").rglob("*.py"), *(PACKAGE / "skills").rglob("*.py")]
    inside += [path for path in (PACKAGE / "lab" / "interfaces").glob("*.py") if path.name != "__init__.py"]
    inside += (PACKAGE / "tasks").glob("*/reference.py")
    assert len(inside) > 60
    assert all(not imports(path) for path in inside)


TORCH = {"torch", "transformers", "nnsight"}
SLOW = TORCH | {"jsonschema", "pandas", "matplotlib"}
ALL = SLOW | {"inspect_ai", "pydantic", "rich"}


@pytest.mark.parametrize(
    ("statement", "without"),
    [
        ("import seer_evals", ALL),
        ("import seer_evals.cli; seer_evals.cli.parser_for([]).format_help()", ALL),
        ("import seer_evals.cli; seer_evals.cli.parser_for(['table']).format_help()", SLOW | {"inspect_ai"}),
        ("import seer_evals.cli; seer_evals.cli.main(['organisms', 'list'])", SLOW | {"inspect_ai"}),
        ("import seer_evals.cli; seer_evals.cli.main(['skill', 'list'])", SLOW - {"jsonschema"}),
        ("import seer_evals._registry", SLOW),
    ],
)
def test_nobody_waits_for_what_is_not_needed(statement: str, without: set[str]) -> None:
    code = f"{statement}; import sys; print(sorted({without} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_links_into_the_package_are_relative() -> None:
    for name in ("tasks", "solvers", "scorers", "sandboxes", "skills"):
        assert (PACKAGE.parent / name).readlink() == Path("seer_evals", name)


def test_the_page_has_the_rooms_as_they_are() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert written(page) == page, "run `python -m benchmarks architecture`"


def test_what_the_page_names_is_there() -> None:
    named = re.findall(r"`((?:[a-z_]+/)+(?:[a-z_]+\.py)?)`", PAGE.read_text(encoding="utf-8"))
    assert len(named) >= 8
    assert [name for name in named if not any((top / name).exists() for top in (PACKAGE, PACKAGE.parent))] == []
