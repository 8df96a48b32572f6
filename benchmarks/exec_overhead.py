"""What `exec` costs on `workstation` beside Inspect's own `local`: `python -m benchmarks.exec_overhead`.

Both run `true` in turns in one process, so that whatever else the machine does hits both alike.
"""

import asyncio
import time

from inspect_ai.util import SandboxEnvironment

from benchmarks._report import show
from seer_evals.environment import Environment
from seer_evals.inspect_private import LocalSandboxEnvironment
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


def main(calls: int = 300) -> None:
    """Measure and print."""
    show('exec(["true"])', asyncio.run(measure(calls)), base="local")


if __name__ == "__main__":
    main()
