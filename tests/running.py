"""Running sandboxes in tests, the way Inspect does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

from inspect_ai.util import SandboxEnvironment

from seer_evals.environment import Environment

S = TypeVar("S", bound=SandboxEnvironment)


@asynccontextmanager
async def running_on(provider: type[S], environment: Environment) -> AsyncIterator[S]:
    """One sandbox, checked, prepared, started, and ended."""
    await provider.task_init("startup", environment)
    sandboxes = await provider.sample_init("task", environment, {})
    try:
        yield sandboxes["default"].as_type(provider)
    finally:
        await provider.sample_cleanup("task", environment, sandboxes, False)


async def sh(sandbox: SandboxEnvironment, script: str, user: str | None = None, timeout: int = 20) -> str:
    """The output of a shell script, stderr included."""
    result = await sandbox.exec(["/bin/sh", "-c", f"exec 2>&1\n{script}"], user=user, timeout=timeout)
    return result.stdout
