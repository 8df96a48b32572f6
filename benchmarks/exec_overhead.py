"""What `exec` costs on `workstation` beside Inspect's own `local`: `python benchmarks/exec_overhead.py [count]`.

Both run `true` in turns in one process, so that whatever else the machine does hits both alike.
"""

import asyncio
import os
import platform
import statistics
import sys
import time

from inspect_ai.util import SandboxEnvironment
from inspect_ai.util._sandbox.local import LocalSandboxEnvironment
from rich.console import Console
from rich.table import Table

from seer_evals.environment import Environment
from seer_evals.sandboxes.workstation import WorkstationSandbox

WARM_UP = 10


async def seconds(sandbox: SandboxEnvironment) -> float:
    started = time.perf_counter()
    result = await sandbox.exec(["true"])
    assert result.success, result.stderr
    return time.perf_counter() - started


async def measure(count: int) -> dict[str, list[float]]:
    config = Environment()
    await WorkstationSandbox.task_init("startup", config)
    ours = await WorkstationSandbox.sample_init("benchmark", config, {})
    theirs = await LocalSandboxEnvironment.sample_init("benchmark", None, {})
    sandboxes = {"workstation": ours["default"], "local": theirs["default"]}
    times: dict[str, list[float]] = {name: [] for name in sandboxes}
    try:
        for turn in range(WARM_UP + count):
            for name, sandbox in sandboxes.items():
                taken = await seconds(sandbox)
                if turn >= WARM_UP:
                    times[name].append(taken)
    finally:
        await WorkstationSandbox.sample_cleanup("benchmark", config, ours, False)
        await LocalSandboxEnvironment.sample_cleanup("benchmark", None, theirs, False)
        await WorkstationSandbox.task_cleanup("shutdown", config, True)
    return times


def show(times: dict[str, list[float]]) -> None:
    table = Table(title='exec(["true"])')
    for heading in ("provider", "median ms", "p95 ms", "median / local"):
        table.add_column(heading, justify="left" if heading == "provider" else "right")
    local = statistics.median(times["local"])
    for name, taken in times.items():
        median, p95 = statistics.median(taken), statistics.quantiles(taken, n=20)[-1]
        table.add_row(name, f"{median * 1e3:.2f}", f"{p95 * 1e3:.2f}", f"{median / local:.2f}")
    console = Console()
    console.print(table)
    machine = f"{platform.system()} {platform.release()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    console.print(f"{len(times['local'])} calls each, in turns; {machine}")


if __name__ == "__main__":
    show(asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 300)))
