"""Running sandboxes in tests, the way Inspect does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from seer_evals.environment import Environment
from seer_evals.sandboxes.workstation import WorkstationSandbox


@asynccontextmanager
async def running(environment: Environment | None = None) -> AsyncIterator[WorkstationSandbox]:
    """One sandbox, checked, prepared, started, and cleaned up after."""
    config = environment or Environment()
    await WorkstationSandbox.task_init("startup", config)
    sandboxes = await WorkstationSandbox.sample_init("task", config, {})
    try:
        yield sandboxes["default"].as_type(WorkstationSandbox)
    finally:
        await WorkstationSandbox.sample_cleanup("task", config, sandboxes, False)


async def sh(sandbox: WorkstationSandbox, script: str, user: str | None = None, timeout: int = 20) -> str:
    """The output of a shell script, stderr included."""
    result = await sandbox.exec(["/bin/sh", "-c", f"exec 2>&1\n{script}"], user=user, timeout=timeout)
    return result.stdout
