"""Running sandboxes in tests, the way Inspect does."""

from contextlib import AbstractAsyncContextManager

from seer_evals.environment import Environment
from seer_evals.sandboxes.workstation import WorkstationSandbox
from tests.running import running_on, sh

__all__ = ["running", "sh"]


def running(environment: Environment | None = None) -> AbstractAsyncContextManager[WorkstationSandbox]:
    """One sandbox on this machine."""
    return running_on(WorkstationSandbox, environment or Environment())
