"""What a notebook cell costs besides its work: the time from the tool call of `1+1` to its result.

    python -m benchmarks.notebook_overhead

Then what a cell costs that writes 20,000 times and flushes every time.

Compares the notebook session on `workstation` and on Inspect's `local` provider with the route that Inspect itself
offers: an MCP server around jupyter_client, started in the sandbox and called through `mcp_server_sandbox`.
"""

import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.tool import ToolDef, mcp_connection, mcp_server_sandbox
from inspect_ai.util import SandboxEnvironment, sandbox

import seer_evals.runtime
import seer_evals.sandboxes.workstation
from benchmarks._report import show
from seer_evals.environment import Environment
from seer_evals.lab.notebook import notebook_tools, open_notebook
from seer_evals.sandboxes import Layout

WARM_UP = 10
SMALL_WRITES = "for _ in range(20_000): print('.', end='', flush=True)\nprint('2')"

MCP_SERVER = '''
from jupyter_client.manager import start_new_kernel
from mcp.server import MCPServer

manager, client = start_new_kernel()
server = MCPServer("notebook")

@server.tool()
def run_cell(code: str) -> str:
    """Run a cell."""
    message = client.execute(code)
    output = ""
    while True:
        item = client.get_iopub_msg()
        if item["parent_header"].get("msg_id") != message:
            continue
        kind, content = item["msg_type"], item["content"]
        if kind == "stream":
            output += content["text"]
        elif kind == "execute_result":
            output += content["data"]["text/plain"]
        elif kind == "error":
            output += "\\n".join(content["traceback"])
        elif kind == "status" and content["execution_state"] == "idle":
            return output

server.run()
'''


RunCell = Callable[[str], Awaitable[Any]]


async def measure(call: RunCell, code: str, calls: int, warm_up: int) -> list[float]:
    """Seconds of each call."""
    times = []
    for _ in range(calls + warm_up):
        begin = time.perf_counter()
        assert "2" in str(await call(code))
        times.append(time.perf_counter() - begin)
    return times[warm_up:]


def layout_of(environment: SandboxEnvironment) -> Layout:
    """The layout of our provider, or one made by hand in the directory of Inspect's."""
    from seer_evals.sandboxes._layout import as_lab_sandbox

    if ours := as_lab_sandbox(environment):
        return ours.layout
    root = Path(tempfile.mkdtemp())
    (root / "work").mkdir()
    (root / "seer_runtime").symlink_to(Path(seer_evals.runtime.__file__).parent)
    return Layout(sys.executable, str(root), str(root / "run"), str(root / "models"), str(root / "work"))


@asynccontextmanager
async def session_call() -> AsyncIterator[RunCell]:
    """`run_cell` of our session."""
    path = Path(tempfile.mkdtemp()) / "bench.ipynb"
    session = await open_notebook(sandbox(), layout_of(sandbox()), path=path)
    (run_cell,) = [tool for tool in notebook_tools(session) if ToolDef(tool).name == "run_cell"]
    yield lambda code: run_cell(code=code)
    await session.close()


@asynccontextmanager
async def mcp_call() -> AsyncIterator[RunCell]:
    """`run_cell` of an MCP server in the sandbox."""
    await sandbox().write_file("server.py", MCP_SERVER)
    directory = (await sandbox().exec(["pwd"])).stdout.strip()
    server = mcp_server_sandbox(name="notebook", command=sys.executable, args=[f"{directory}/server.py"])
    async with mcp_connection([server]):
        (run_cell,) = await server.tools()
        yield lambda code: run_cell(code=code)


@solver
def bench(route: str, calls: int, times: dict[str, list[float]], writes: dict[str, list[float]]) -> Solver:
    """Measure one route inside a sample."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        opened = mcp_call() if route.startswith("mcp") else session_call()
        async with opened as call:
            times[route] = await measure(call, "1+1", calls, WARM_UP)
            writes[route] = await measure(call, SMALL_WRITES, max(calls // 20, 2), 0)
        return state

    return solve


def main(calls: int = 100) -> None:
    """Measure and print."""
    times: dict[str, list[float]] = {}
    writes: dict[str, list[float]] = {}
    routes: dict[str, Any] = {
        "session on workstation": ("workstation", Environment()),
        "session on local": "local",
        "mcp on local": "local",
    }
    for route, place in routes.items():
        task = Task([Sample(input=route)], solver=bench(route, calls, times, writes), sandbox=place)
        (log,) = eval(task, model="mockllm/model", display="none", log_dir=tempfile.mkdtemp())
        if log.status != "success":
            print(f"{route}: {log.error.message if log.error else log.status}")
    show('run_cell("1+1"), from tool call to result', times, base="session on workstation")
    show("20,000 small writes in one cell, from tool call to result", writes, base="session on workstation")


if __name__ == "__main__":
    main()
