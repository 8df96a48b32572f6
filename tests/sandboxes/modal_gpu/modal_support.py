"""Running sandboxes on the emulator in tests, the way Inspect does."""

import os
import sys
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from seer_evals.environment import Environment
from seer_evals.sandboxes.modal_gpu import ModalSandbox
from tests.modal_emulator import PYTHON
from tests.running import running_on, sh

__all__ = ["CPU", "GPU", "PATH", "running", "sh"]

PATH = f"{PYTHON}/bin:{Path(sys.executable).parent}:{os.environ['PATH']}"
"""The emulated images are this machine, and what the laboratory needs is where the tests run."""
CPU = Environment(env=(("PATH", PATH),))
GPU = Environment(env=(("PATH", PATH),), gpu=("T4",))


def running(environment: Environment = CPU) -> AbstractAsyncContextManager[ModalSandbox]:
    """One sandbox on the emulator."""
    return running_on(ModalSandbox, environment)
