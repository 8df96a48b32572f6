"""Which skills an investigator called, out of what it ran: pages that were only handed over were not."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from inspect_ai.event import ToolEvent
from inspect_ai.log import EvalSample

from seer_evals.analysis.logs import logs_at, read_log
from seer_evals.experiments._results import SampleKey
from seer_evals.lab import GIVEN_KEY, NOTEBOOKS_KEY

Called = Mapping[SampleKey, frozenset[str]]
"""By sample, the skills of which a function was called; a sample of which that cannot be said is missing."""
_IN_SHELL = "cli"


def skills_called(folder: Path) -> Called:
    """What the samples of an arm called of the skills that they were given.

    A call is a tool's that ended without an error, or one in a notebook's cell that did, by a name that was imported
    from the skill's module. What a shell ran is not seen, so that samples with one are missing, and so are those whose
    skills have no functions. What becomes of the result is not seen either.
    """
    found: dict[SampleKey, frozenset[str]] = {}
    for location in reversed(logs_at(folder)):
        log = read_log(location, resolve_attachments=True, exclude_fields={"messages"})
        task = log.eval.task.rsplit("/", 1)[-1]
        for sample in log.samples or []:
            if _can_be_seen(sample):
                found[task, str(sample.id), sample.epoch] = frozenset(called(sample))
    return found


def _can_be_seen(sample: EvalSample) -> bool:
    given = sample.store.get(GIVEN_KEY, {})
    functions = any(each["tools"] or each["modules"] for each in given.get("skills", {}).values())
    return functions and given["session"] != _IN_SHELL


def called(sample: EvalSample) -> Iterator[str]:
    """The skills of which the sample called a function."""
    tools, modules = set(_tools(sample)), modules_called(_cells(sample))
    for name, skill in sample.store[GIVEN_KEY]["skills"].items():
        if not tools.isdisjoint(skill["tools"]) or not modules.isdisjoint(skill["modules"]):
            yield name


def _tools(sample: EvalSample) -> Iterator[str]:
    for event in sample.events:
        if isinstance(event, ToolEvent) and not event.error and not event.pending:
            yield event.function


def _cells(sample: EvalSample) -> Iterator[str]:
    """Sources of the cells that ran to their end."""
    for notebook in sample.store.get(NOTEBOOKS_KEY, {}).values():
        for cell in notebook["cells"]:
            if cell.get("metadata", {}).get("seer", {}).get("status") == "ok":
                yield cell["source"]


def modules_called(cells: Iterable[str]) -> set[str]:
    """The modules of which a cell calls something, by a name that this cell or one before it imported.

    Args:
        cells: Sources in their order; one that is no Python is passed over.
    """
    names: dict[str, str] = {}
    found = set()
    for source in cells:
        for node in _nodes(source):
            if isinstance(node, ast.Import):
                names |= {each.asname or each.name: each.name for each in node.names}
            elif isinstance(node, ast.ImportFrom):
                names |= {each.asname or each.name: node.module or "" for each in node.names}
        found |= {names[name] for name in map(_root, _nodes(source)) if name in names}
    return found


def _nodes(source: str) -> Iterator[ast.AST]:
    """Without the lines that only IPython knows."""
    plain = "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines())
    try:
        yield from ast.walk(ast.parse(plain))
    except SyntaxError:
        return


def _root(node: ast.AST) -> str:
    """The name through which a call is reached: `x` of `x.y(…)`; empty of anything else."""
    if not isinstance(node, ast.Call):
        return ""
    func = node.func
    while isinstance(func, ast.Attribute):
        func = func.value
    return func.id if isinstance(func, ast.Name) else ""
