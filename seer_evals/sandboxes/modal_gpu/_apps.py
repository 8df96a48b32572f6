"""Modal Apps: one per evaluation, so that its bill can be read there, and one for what is prepared before."""

from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    import modal

PREPARATION = "seer-preparation"
_apps: dict[str, "modal.App"] = {}
_looking_up = anyio.Lock()


def name_of(eval_id: str | None) -> str:
    """The App of an evaluation."""
    return f"seer-{eval_id}" if eval_id else "seer"


async def app(name: str) -> "modal.App":
    """The App of that name, made if there is none."""
    import modal

    async with _looking_up:
        if name not in _apps:
            _apps[name] = await modal.App.lookup.aio(name, create_if_missing=True)
        return _apps[name]


def forget() -> None:
    """Look every App up again, since another account may be meant."""
    _apps.clear()
