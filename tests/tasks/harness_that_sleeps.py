"""A harness for `--solver` that runs a short cell and then a very long one."""

from inspect_ai.solver import Generate, Solver, TaskState, solver

from seer_evals.lab import Lab


@solver
def sleeps() -> Solver:
    """Run `6 * 7`, then sleep for ten minutes."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        notebook = Lab.of(state).notebook()
        await notebook.run("6 * 7")
        await notebook.run("import time; time.sleep(600)")
        return state

    return solve
