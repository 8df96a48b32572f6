"""Clearing up after evaluations that could not do it themselves: `inspect sandbox cleanup modal_gpu [id]`."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from seer_evals.refusal import Refusal

from . import _end, _ledger, _models

if TYPE_CHECKING:
    pass

DRY_RUN = "dry-run"
ALL = "all"


async def clean_up(id: str | None) -> AsyncIterator[str]:
    """End sandboxes; what was done, in words.

    Args:
        id: A sandbox by its name or Modal's id; None for those of processes of this machine that are gone; `all`
            for every sandbox on record here; `dry-run` to be told what None would end.

    Raises:
        Refusal: There is no such sandbox, or one could not be ended; the message has the commands that will.
    """
    if id is not None and id.startswith("sb-"):
        yield await _end_by_id(id)
        return
    chosen = _ledger.entries() if id in (None, ALL, DRY_RUN) else [e for e in _ledger.entries() if e.name == id]
    if id not in (None, ALL, DRY_RUN) and not chosen:
        raise Refusal(f"no sandbox {id!r} is on record on this machine; give Modal's own id (sb-…) for others")
    failed = []
    for entry in chosen:
        if entry.owned and id in (None, DRY_RUN):
            yield f"{entry.name}: left alone, process {entry.pid} on {entry.host} may be using it"
        elif id == DRY_RUN:
            yield f"{entry.name}: would be ended"
        elif await _end.end(entry):
            await _models.remove(entry)
            yield f"{entry.name}: ended"
        else:
            failed.append(entry.name)
    if not chosen:
        yield "nothing to clean up on record on this machine"
    if failed:
        commands = "\n".join(_end.command(name) for name in failed)
        raise Refusal(f"{len(failed)} sandboxes could not be ended; try again:\n{commands}")


async def _end_by_id(id: str) -> str:
    import modal

    try:
        sandbox: modal.Sandbox = await modal.Sandbox.from_id.aio(id)
        await sandbox.terminate.aio()
    except modal.exception.NotFoundError:
        raise Refusal(f"Modal knows no sandbox {id!r}") from None
    return f"{id}: ended"
