"""Everything that is wrong with the folder of a study, as far as it can be told without running an agent."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from seer_evals import by_path
from seer_evals.checks._sources import imports, marked, source_problems
from seer_evals.inspect_private import PrerequisiteError, load_tasks
from seer_evals.solvers import Technique
from seer_evals.solvers._technique.battery import MARK, parts
from seer_evals.studies import STUDY_KEY, Study
from seer_evals.tasks.shared.study import CONTROL, HINTS

NEEDED = ("question.md", *(f"{part}.md" for part in HINTS["recipe"]), "reference.py", "README.md")
IN_SANDBOX = {"torch", "numpy", "transformers", "peft", "safetensors", "seer_runtime"} | set(sys.stdlib_module_names)
"""What a reference may import: its source is all of the study that goes into the sandbox."""


def check_study(folder: Path) -> list[str]:
    """What is wrong, each in a line that says what to do; nothing if the study can be run.

    Args:
        folder: `my_study/`, with `my_study.py` in it.
    """
    if not folder.is_dir():
        return [f"{folder} is no folder: a study is one, as `seer study new` writes it"]
    folder = folder.resolve()
    problems = [*_files(folder), *_sources(folder)]
    problems = problems or [*_task(folder), *_reference(folder), *_baseline(folder)]
    return problems or [*_samples(folder)]


def _files(folder: Path) -> Iterator[str]:
    for name in (f"{folder.name}.py", *NEEDED):
        if not (folder / name).is_file():
            yield f"{name} is missing"


def _sources(folder: Path) -> Iterator[str]:
    """What does not compile, and imports that another study of the same run would answer."""
    for path in sorted(folder.glob("*.py")):
        yield from source_problems(path)


def _task(folder: Path) -> Iterator[str]:
    """The task has the folder's name: Inspect finds it by that, and ids and logs have it."""
    tasks = [each.name for each in marked(folder / f"{folder.name}.py", "task")]
    if tasks != [folder.name]:
        yield f"{folder.name}.py has to have one task, {folder.name}; it has: {', '.join(tasks) or 'none'}"


def _reference(folder: Path) -> Iterator[str]:
    tree = ast.parse((folder / "reference.py").read_text(encoding="utf-8"))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    measure = next((each for each in functions if each.name == "measure"), None)
    if measure is None:
        yield "reference.py has no `measure(model, tokenizer, arguments)`"
        return
    by_chat = isinstance(measure, ast.AsyncFunctionDef)
    taken = ("target", "arguments") if by_chat else ("model", "tokenizer", "arguments")
    if len(measure.args.args) != len(taken):
        yield f"reference.py:{measure.lineno}: `measure` takes {', '.join(taken)}"
    for line, name in imports(tree) if not by_chat else ():
        if name not in IN_SANDBOX:
            yield f"reference.py:{line}: {name} is not in the sandbox, where this runs; use torch and seer_runtime"


def _baseline(folder: Path) -> Iterator[str]:
    if not (folder / "baseline.py").is_file():
        return
    try:
        found = getattr(by_path.load(folder / "baseline.py"), "TECHNIQUE", None)
    except Exception as error:
        yield f"baseline.py cannot be imported: {type(error).__name__}: {error}"
        return
    if not isinstance(found, Technique):
        yield "baseline.py has no TECHNIQUE, made by `in_notebook`"
    page = folder / "baseline.md"
    cells = [text for kind, text in parts(page.read_text(encoding="utf-8")) if kind == "code"] if page.is_file() else []
    for number, cell in enumerate(cells, 1):
        try:
            ast.parse(cell)
        except SyntaxError as error:
            yield f"baseline.md: code block {number} is no Python: {error}"
    if cells and not any(MARK in cell for cell in cells):
        yield f"baseline.md publishes nothing: a cell has to print a line that begins with {MARK!r}"


def _samples(folder: Path) -> Iterator[str]:
    """What is wrong with the task, once it is made with all of its hints."""
    try:
        tasks = load_tasks([f"{folder}/{folder.name}.py@{folder.name}"], {"hints": "recipe"})
    except (Exception, PrerequisiteError) as error:
        yield f"the task cannot be made: {type(error).__name__}: {error}"
        return
    samples = list(tasks[0].dataset)
    if not any(str(sample.id).endswith(CONTROL) for sample in samples):
        yield f"no sample is a control: one in which there is no effect, whose id ends with {CONTROL}"
    for sample in samples:
        if (sample.metadata or {}).get(STUDY_KEY) is None:
            yield f"{sample.id} has no study: metadata=study_metadata(study, control)"
            continue
        study = Study.model_validate((sample.metadata or {})[STUDY_KEY])
        if not by_path.found(study.reference).is_file():
            yield f"{sample.id}: there is no reference {study.reference}; write reference=HERE.reference"
        asked = str(sample.input)
        yield from (
            f"{sample.id}: the question does not name the figure {figure.name}"
            for figure in study.figures
            if figure.name not in asked
        )
