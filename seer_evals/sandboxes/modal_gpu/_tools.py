"""Inspect's own program for sandboxes, put into the prepared image, so that no sample uploads its 15 megabytes."""

import logging

from seer_evals.environment import Environment
from seer_evals.inspect_private import SandboxInjectionError, sandbox_with_injected_tools

from ._create import CreatedSandbox
from ._operations import ModalOperations

logger = logging.getLogger(__name__)


async def install(got: CreatedSandbox) -> None:
    """Put the program into a sandbox that is being prepared; where it does not run, samples do without."""
    try:
        await sandbox_with_injected_tools(sandbox=ModalOperations(Environment(), got))
    except SandboxInjectionError as error:
        logger.warning("Inspect's tools could not be prepared, so samples that use them install them anew: %s", error)
