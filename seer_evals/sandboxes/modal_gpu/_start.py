"""Starting a process in a sandbox, once and no more than once."""

import logging
from typing import TYPE_CHECKING

import anyio

from ._errors import cause_of_death, patience, retryable, unavailable
from ._remote import Remote, Request
from ._remote import request as new_request

if TYPE_CHECKING:
    from modal.container_process import ContainerProcess

logger = logging.getLogger(__name__)

_ATTEMPTS = 4
_PAUSE = 0.5
KILL_SECONDS = 10


async def start(remote: Remote, request: Request, deadline: float | None = None) -> "ContainerProcess[bytes]":
    """Start what a request asks for.

    A start whose answer was lost is tried again: what runs in the sandbox takes each request once.

    Args:
        remote: The sandbox.
        request: What to run.
        deadline: Seconds after which Modal is to give the process up, should nothing else have ended it.

    Raises:
        SandboxUnavailableError: The sandbox is not running, or cannot be reached.
    """
    from modal import exception

    problem: Exception
    for attempt in range(_ATTEMPTS):
        try:
            return await remote.sandbox.exec.aio(
                *request.arguments,
                env=dict(request.env) or None,
                timeout=None if deadline is None else int(deadline),
                text=False,
            )
        except (exception.Error, OSError) as error:
            problem = error
            if (cause := await cause_of_death(remote.sandbox, patience(error))) is not None:
                raise unavailable(cause) from error
            if isinstance(error, exception.InvalidError):
                raise ValueError(str(error)) from error
            if not retryable(error):
                break
            await anyio.sleep(_PAUSE * 2**attempt)
    raise unavailable(f"Modal cannot reach it ({type(problem).__name__}: {problem})") from problem


async def kill(remote: Remote, request: Request) -> None:
    """Kill what a request has started, with all that came of it; if the sandbox is gone, so is that."""
    if request.disposable:
        return
    killing = new_request(remote.layout.python, "kill", {"kill": request.token})
    with anyio.move_on_after(KILL_SECONDS, shield=True) as scope:
        try:
            process = await start(remote, killing)
            await process.wait.aio()
        except Exception as error:
            logger.debug("could not kill %s in %s: %s", request.token, remote.name, error)
    if scope.cancelled_caught:
        logger.warning("the sandbox %s did not confirm within %d s that a command is dead", remote.name, KILL_SECONDS)
