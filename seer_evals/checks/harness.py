"""A harness in a file: whether Inspect can take it, and whether it lives through an investigation."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from inspect_ai.log import EvalLog
from inspect_ai.solver import Solver, SolverSpec

from seer_evals.checks._sources import file_of, one_marked, source_problems
from seer_evals.checks.laboratory import investigate, roles_in
from seer_evals.inspect_private import PrerequisiteError, solver_from_spec
from seer_evals.lab import REPORT_KEY


def check_harness(path: Path, static: bool = False) -> list[str]:
    """What is wrong, each in a line that says what to do; nothing if it can be given to `--solver`.

    Unless `static`, it investigates a model that has learnt nothing, in every role a stand-in that uses the first tool
    once, reports that there is nothing, and otherwise talks nonsense: no harness may fail because a model does that.
    """
    if problems := list(file_of(path)) or [*source_problems(path)]:
        return problems
    if problems := list(one_marked(path, "solver", "harness")):
        return problems
    try:
        made = solver_from_spec(SolverSpec(str(path.resolve())))
    except (Exception, PrerequisiteError) as error:
        return [f"{path.name} cannot be made: {type(error).__name__}: {error}"]
    return [] if static else _runs(path, made)


def _runs(path: Path, made: Solver) -> list[str]:
    logs = tempfile.mkdtemp(prefix="seer-check-log-")
    problems = list(_of_run(path, investigate(made, logs, roles_in(path.read_text(encoding="utf-8")))))
    if not problems:  # otherwise they point at it
        shutil.rmtree(logs)
    return problems


def _of_run(path: Path, log: EvalLog) -> Iterator[str]:
    sample = next(iter(log.samples or []), None)
    failed = (sample.error if sample else None) or log.error
    if failed or sample is None:
        yield f"{path.name}: a run ended with an error: {failed.message if failed else log.status}; see {log.location}"
    elif REPORT_KEY not in sample.store:
        yield (
            f"{path.name}: no report was submitted, though the model called submit_report where it was offered; give "
            f"an agent lab.submit_tool(), or call lab.submit(report); see {log.location}"
        )
