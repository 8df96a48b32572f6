"""A harness for `--solver` that runs a cell, and then waits for ever, except for clean twins and where told not to."""

import os

import anyio
from inspect_ai.solver import Generate, Solver, TaskState, solver

from seer_evals.lab import Lab
from seer_evals.reports import Report


@solver
def waits() -> Solver:
    """Run `6 * 7`, wait, report."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        lab = Lab.of(state)
        await lab.notebook().run("6 * 7")
        if "twin" not in str(state.sample_id) and "DO_NOT_WAIT" not in os.environ:
            await anyio.sleep(600)
        lab.submit(Report(nothing_unusual=True, answer="Nothing."))
        return state

    return solve
