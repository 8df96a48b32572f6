"""The rooms of docs/architecture.md, from the docstrings of the code: `python -m benchmarks architecture`."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE, PAGE = ROOT / "seer_evals", ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- The rooms: made by `python -m benchmarks architecture`. -->\n", "<!-- End of the rooms. -->\n"
FLOORS = [
    {"runtime", "skills", "inspect_private", "plain_text", "by_path", "near", "new", "frozen", "problem"},
    {"refusal"},
    {"children", "environment", "intervals", "prompting"},
    {"cache"},
    {"pretrained"},
    {"parameters", "sandboxes"},
    {"organisms", "targets", "reports", "studies", "hypotheses", "audits", "drafts"},
    {"lab", "local_models"},
    {"solvers", "scorers"},
    {"tasks"},
    {"analysis", "checks", "costs", "_registry"},
    {"experiments"},
    {"cli"},
]
"""From the ground up: a room imports from lower floors only."""
NO_MODULE = {"skills": "Techniques and methods, one folder each: read and handed over, never imported here."}
_WIDTH = 24


def rooms() -> str:
    """The floors from the ground up, as a Markdown code block: each room, the rooms in it, and what they are for."""
    lines = []
    for number, floor in enumerate(FLOORS):
        lines += ["", f"    {number}"] if number else [f"    {number}"]
        for room in sorted(floor):
            lines += _room(room)
    return "\n".join(lines) + "\n"


def _room(name: str) -> Iterator[str]:
    folder = PACKAGE / name
    if not folder.is_dir():
        yield _line(2, name, _first_line(folder.with_suffix(".py")))
        return
    yield _line(2, f"{name}/", NO_MODULE.get(name) or _first_line(folder / "__init__.py"))
    for inner in sorted(folder.glob("*/__init__.py")):
        study = inner.with_name(f"{inner.parent.name}.py")
        yield _line(4, f"{inner.parent.name}/", _first_line(study if study.is_file() else inner))


def _line(indent: int, name: str, text: str) -> str:
    return f"    {' ' * indent}{name:<{_WIDTH - indent}} {text}"


def _first_line(path: Path) -> str:
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    if not text:
        raise ValueError(f"{path} has no docstring: say in its first line what it is for")
    return text.splitlines()[0]


def written(page: str) -> str:
    """The page with the rooms as they are now.

    Raises:
        ValueError: It has no place for them.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"the page has no place for the rooms: write {BEGIN.strip()} and {END.strip()} into it")
    return f"{before}{BEGIN}\n{rooms()}\n{END}{after}"


def main() -> None:
    """Write the page."""
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
