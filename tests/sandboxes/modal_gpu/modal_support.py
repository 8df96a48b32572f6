"""Running sandboxes on the emulator in tests, the way Inspect does."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from seer_evals.environment import Environment
from seer_evals.sandboxes.modal_gpu import ModalSandbox
from tests.modal_emulator import PYTHON

PATH = f"{PYTHON}/bin:{Path(sys.executable).parent}:{os.environ['PATH']}"
"""The emulated images are this machine, and what the laboratory needs is where the tests run."""
CPU = Environment(env=(("PATH", PATH),))
GPU = Environment(env=(("PATH", PATH),), gpu=("T4",))


@asynccontextmanager
async def running(environment: Environment = CPU) -> AsyncIterator[ModalSandbox]:
    """One sandbox, checked, prepared, started, and ended."""
    await ModalSandbox.task_init("startup", environment)
    sandboxes = await ModalSandbox.sample_init("task", environment, {})
    try:
        yield sandboxes["default"].as_type(ModalSandbox)
    finally:
        await ModalSandbox.sample_cleanup("task", environment, sandboxes, False)


async def sh(sandbox: ModalSandbox, script: str, user: str | None = None, timeout: int = 20) -> str:
    """The output of a shell script, stderr included."""
    result = await sandbox.exec(["/bin/sh", "-c", f"exec 2>&1\n{script}"], user=user, timeout=timeout)
    return result.stdout
