"""Errors that name what became of a sandbox, and Modal's own errors sorted by what they mean here."""

import time
from typing import TYPE_CHECKING

import anyio
from inspect_ai.util import SandboxUnavailableError

from seer_evals.plain_text import shown

if TYPE_CHECKING:
    import modal

_PAUSE = 0.2
_SECONDS = 10
"""Seconds that Modal may take to say how a sandbox ended that it has told us is gone."""
_CAUSES = {
    "SUCCESS": "its first process ended, as it does when the host has not been heard of for the length of its lease",
    "FAILURE": "its first process failed or was killed",
    "TERMINATED": "it was terminated",
    "TIMEOUT": "it reached its timeout",
    "IDLE_TIMEOUT": "it reached its idle timeout",
    "INIT_FAILURE": "it could not be started",
    "INTERNAL_FAILURE": "Modal failed to keep it running",
    "MEMORY_MANAGER_EVICTION": "it was preempted: Modal took its memory back",
    "MEMORY_THRASHING_EVICTION": "it was preempted: its memory was thrashing",
    "KERNEL_OOM_KILL": "it ran out of memory",
}
"""Status of `GenericResult` without its prefix -> what it says of a sandbox."""


def unavailable(cause: str) -> SandboxUnavailableError:
    """The error for a request that reached no sandbox, with the cause in words."""
    return SandboxUnavailableError(f"the Modal sandbox is not running: {shown(cause)}")


def patience(error: BaseException | None) -> float:
    """Seconds to wait for the cause of a sandbox's death, after an error of a request to it."""
    from modal import exception

    return _SECONDS if isinstance(error, exception.NotFoundError | exception.ConflictError) else 1


def retryable(error: Exception) -> bool:
    """Whether the same request may work a little later, if nothing of it has begun."""
    from modal import exception

    return isinstance(
        error, exception.ServiceError | exception.ConnectionError | exception.InternalError | ConnectionError
    )


def out_of_capacity(error: Exception) -> bool:
    """Whether what is exhausted are Modal's machines, which the client itself says, and no rate and no quota."""
    return "insufficient capacity" in str(error).lower()


async def cause_of_death(sandbox: "modal.Sandbox", patience: float = 0) -> str | None:
    """Why a sandbox is not running, in words; None if it is, or if Modal does not say within `patience` seconds.

    Whoever runs a sandbox knows of its end before whoever keeps the books.
    """
    deadline = time.monotonic() + patience
    while (cause := await _cause(sandbox)) is None and time.monotonic() < deadline:
        await anyio.sleep(_PAUSE)
    return cause


async def _cause(sandbox: "modal.Sandbox") -> str | None:
    from modal import exception

    try:
        code = await sandbox.poll.aio()
    except exception.NotFoundError:
        return "Modal does not know it any more"
    except exception.Error:
        return None
    return None if code is None else _words(sandbox, code)


def _words(sandbox: "modal.Sandbox", code: int) -> str:
    from modal._utils.async_utils import synchronizer
    from modal_proto import api_pb2

    # The public return code does not tell out of memory from a failure.
    inner = synchronizer._translate_in(sandbox)  # type: ignore[no-untyped-call]
    result = getattr(getattr(inner, "_impl", None), "result", None) or getattr(inner, "_result", None)
    if result is None:
        return f"it ended with status {code}"
    status = api_pb2.GenericResult.GenericStatus.Name(result.status).removeprefix("GENERIC_STATUS_")
    words = _CAUSES.get(status, f"it ended with status {status} ({code})")
    return f"{words} ({result.exception})" if result.exception else words
