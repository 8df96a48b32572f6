"""Telling running sandboxes that their host is still there: by a thread, which a busy evaluation cannot hold up."""

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import _settings
from ._remote import LEASE

if TYPE_CHECKING:
    import modal

logger = logging.getLogger(__name__)

_RENEWALS = 4
"""Renewals within the length of a lease."""
_TICK = 0.5
"""Seconds between two looks at what is due."""


@dataclass
class Lease:
    """One sandbox that is to live on."""

    sandbox: "modal.Sandbox"
    name: str
    idle: Callable[[], float | None] = lambda: None
    """Seconds for which it has been idle beyond what it may, or None."""
    renewing: bool = False
    renewed: float = field(default_factory=time.monotonic)
    """When its renewal was last begun."""


_held: dict[str, Lease] = {}
_thread: threading.Thread | None = None
_starting = threading.Lock()


def hold(lease: Lease) -> None:
    """Renew the lease of a sandbox until it is released."""
    global _thread
    _held[lease.name] = lease
    with _starting:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=lambda: asyncio.run(_renew_all()), name="modal leases", daemon=True)
            _thread.start()


def release(name: str) -> None:
    """Let a sandbox go; it ends by itself before long, if nobody ends it."""
    _held.pop(name, None)


async def renew(sandbox: "modal.Sandbox") -> None:
    """Tell a sandbox that its host is there."""
    import modal

    quiet = modal.stream_type.StreamType.DEVNULL
    # Something is written, since not every kernel takes emptying an empty file for a change.
    await sandbox.exec.aio("/bin/sh", "-c", f"echo > {LEASE}", stdout=quiet, stderr=quiet, timeout=30)


async def _renew_all() -> None:
    """Start a renewal of each lease in time, whatever becomes of the others."""
    tasks: set[asyncio.Task[None]] = set()
    while True:
        now, age = time.monotonic(), _settings.lease() / _RENEWALS
        for lease in list(_held.values()):
            if not lease.renewing and now - lease.renewed >= age:
                lease.renewing, lease.renewed = True, now
                tasks.add(task := asyncio.create_task(_renew(lease)))
                task.add_done_callback(tasks.discard)
        await asyncio.sleep(min(_TICK, age / 2))


async def _renew(lease: Lease) -> None:
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_settings.lease() / 2):
                if lease.idle() is None:
                    await renew(lease.sandbox)
                else:
                    logger.info("the sandbox %s has reached its idle timeout", lease.name)
                    await lease.sandbox.terminate.aio()
                    release(lease.name)
    except Exception as error:
        logger.debug("the lease of %s could not be renewed: %s", lease.name, error)
    finally:
        lease.renewing = False
