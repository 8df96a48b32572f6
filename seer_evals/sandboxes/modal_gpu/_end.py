"""The end of a sandbox, which nothing may prevent."""

import logging
import time
from typing import TYPE_CHECKING

import anyio

from . import _budget, _leases
from ._ledger import Entry, close_entry

if TYPE_CHECKING:
    import modal

logger = logging.getLogger(__name__)

_PAUSES = (0.0, 0.3, 1.0, 3.0)
_SECONDS = 30
_SETTLED_SECONDS = 120
"""Seconds after which a request that has created nothing will create nothing any more."""
_given_up: list[Entry] = []


async def end(entry: Entry, sandbox: "modal.Sandbox | None" = None) -> bool:
    """Terminate a sandbox, by its name if the answer to its creation never came; False if Modal does not confirm.

    Cancellation does not reach this.
    """
    _leases.release(entry.name)
    with anyio.move_on_after(_SECONDS, shield=True):
        for pause in _PAUSES:
            await anyio.sleep(pause)
            if await _terminated(entry, sandbox):
                close_entry(entry)
                _budget.budget().end(entry.name)
                return True
    _budget.budget().end(entry.name)
    logger.warning(
        "the sandbox %s could not be ended; it ends by itself when its lease has run out. At once: %s",
        entry.name,
        command(entry.name),
    )
    return False


async def give_up(entry: Entry) -> None:
    """End a sandbox that may have come to be, or may yet, although its creation was given up.

    If there is none so far, it is looked for again by `sweep`, since the request may still be on its way.
    """
    _leases.release(entry.name)
    _given_up.append(entry)
    _budget.budget().end(entry.name)
    with anyio.move_on_after(_SECONDS, shield=True):
        for pause in _PAUSES[:-1]:
            await anyio.sleep(pause)
            if await _ended_by_name(entry):
                return


async def sweep() -> None:
    """Look once more for sandboxes whose creation was given up."""
    with anyio.move_on_after(_SECONDS, shield=True):
        for entry in list(_given_up):
            if not await _ended_by_name(entry) and time.time() - entry.created > _SETTLED_SECONDS:
                _given_up.remove(entry)
                close_entry(entry)


async def _ended_by_name(entry: Entry) -> bool:
    """Whether there was a sandbox of that name, which is now ended."""
    try:
        sandbox = await _find(entry)
    except Exception:
        return False
    if sandbox is None or not await _terminated(entry, sandbox):
        return False
    if entry in _given_up:
        _given_up.remove(entry)
    close_entry(entry)
    return True


async def _terminated(entry: Entry, sandbox: "modal.Sandbox | None") -> bool:
    from modal import exception

    try:
        found = sandbox or await _find(entry)
        if found is not None:
            await found.terminate.aio()
            await found.detach.aio()  # type: ignore[no-untyped-call]
        return True
    except (exception.NotFoundError, exception.ConflictError):
        return True
    except (exception.Error, OSError) as error:
        logger.info("ending the sandbox %s failed: %s", entry.name, error)
        return False


async def _find(entry: Entry) -> "modal.Sandbox | None":
    import modal

    try:
        return await modal.Sandbox.from_name.aio(entry.app, entry.name)
    except modal.exception.NotFoundError:
        return None


def command(name: str) -> str:
    """What a person types to end a sandbox."""
    return f"inspect sandbox cleanup modal_gpu {name}"
