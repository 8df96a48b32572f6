"""What a call of a scoped sandbox's function costs besides its work: `python -m benchmarks.call_overhead`.

From a notebook cell on `workstation`, through the generated module, beside the route that Inspect itself offers for
code in a sandbox: `sandbox_service`, with this provider's polling interval. Each adds two numbers.
"""

import ast
import tempfile
from pathlib import Path
from typing import Any

import anyio
from inspect_ai import Task, eval
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.util import background, sandbox, sandbox_service

from benchmarks._report import show
from seer_evals.environment import Environment, ScopedSpec
from seer_evals.lab import close_lab, lab_sample, open_lab
from seer_evals.lab._lab import Lab

INTERFACE = '''
from seer_runtime import expose

@expose
def add(x: int, y: int) -> int:
    """Add.

    Args:
        x: One.
        y: Other.
    """
    return x + y
'''
SETUP = """
import sys, time
sys.path.insert(0, "/var/tmp/sandbox-services/calculator")
import vault
from calculator import call_calculator

def local(x, y):
    return x + y

def seconds(function, count, **arguments):
    times = []
    for _ in range(count):
        begin = time.perf_counter()
        assert function(**arguments) == 3
        times.append(time.perf_counter() - begin)
    return times[5:]
"""
ROUTES = {
    "in the cell itself": "seconds(local, {many}, x=1, y=2)",
    "scoped function": "seconds(vault.add, {many}, x=1, y=2)",
    "sandbox_service": "seconds(lambda **a: call_calculator('add', **a), {few}, x=1, y=2)",
}


async def start_service() -> None:
    """Serve `add` by Inspect's own means."""

    async def add(x: int, y: int) -> int:
        return x + y

    started = anyio.Event()

    async def serve() -> None:
        await sandbox_service("calculator", [add], until=lambda: False, sandbox=sandbox(), started=started)

    background(serve)
    await started.wait()


@solver
def bench(calls: int, times: dict[str, list[float]]) -> Solver:
    """Measure every route in one kernel, in turns."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        await start_service()
        notebook = Lab.of(state).notebook()

        async def run(code: str) -> Any:
            result = await notebook.run(code, timeout=300)
            assert result.status == "ok", result.outputs
            return "".join(output["data"]["text/plain"] for output in result.outputs if "data" in output)

        await run(SETUP)
        for route, code in ROUTES.items():
            times[route] = ast.literal_eval(await run(code.format(many=calls + 5, few=calls // 5 + 5)))
        return state

    return solve


def main(calls: int = 200) -> None:
    """Measure and print."""
    times: dict[str, list[float]] = {}
    folder = Path(tempfile.mkdtemp())
    interface = folder / "interface.py"
    interface.write_text(INTERFACE)
    environment = Environment(scoped=(ScopedSpec(name="vault", interface=str(interface)),))
    task = Task(
        [lab_sample("?", environment, id="one")], setup=open_lab(), solver=bench(calls, times), cleanup=close_lab
    )
    (log,) = eval(task, model="mockllm/model", display="none", log_dir=str(folder / "logs"))
    if log.status != "success":
        print(log.error.message if log.error else log.status)
        return
    show("add(1, 2) from a notebook cell", times, base="scoped function")


if __name__ == "__main__":
    main()
