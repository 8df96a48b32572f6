"""One request to a unix socket in a sandbox and its answer, over any provider that can `exec`."""

import inspect
from collections.abc import Mapping
from typing import Any

from inspect_ai.util import ExecResult, SandboxEnvironment

from seer_evals.sandboxes._base import Layout


async def carry(sandbox: SandboxEnvironment, layout: Layout, socket: str, request: str, timeout: float) -> str:
    """Send one line and return the answer.

    Raises:
        ConnectionError: Nobody answers there.
        TimeoutError: No answer within `timeout` seconds.
    """
    client = f"{layout.runtime}/seer_runtime/carry.py"
    result = await exec_unnoticed(sandbox, [layout.python, "-I", "-S", client, socket], request, timeout=timeout)
    if not result.success:
        raise ConnectionResetError(result.stderr.strip() or f"no answer at {socket}")
    return result.stdout


async def exec_unnoticed(
    sandbox: SandboxEnvironment,
    command: list[str],
    input: str | None = None,
    env: Mapping[str, str] | None = None,
    *,
    timeout: float,
) -> ExecResult[str]:
    """Run a command around Inspect's event log, which it would only clutter, and around its limit on subprocesses.

    Raises:
        TimeoutError: It took longer than `timeout` seconds.
    """
    direct = sandbox.as_type(SandboxEnvironment)  # type: ignore[type-abstract]
    # A command that waits must not hold one of the few places for subprocesses.
    options: dict[str, Any] = (
        {"concurrency": False} if "concurrency" in inspect.signature(direct.exec).parameters else {}
    )
    return await direct.exec(
        command, input, env=dict(env or {}), timeout=int(timeout) + 1, timeout_retry=False, **options
    )
