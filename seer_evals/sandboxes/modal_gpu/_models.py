"""Putting weights into a sandbox that already runs: through a volume, of which it sees its own directory only."""

import io
import logging
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import anyio

from ._ledger import Entry
from ._remote import MODELS, Remote

if TYPE_CHECKING:
    import modal

logger = logging.getLogger(__name__)

VOLUME = "seer-models-v2"
_SECONDS = 300


def volume_named(name: str) -> "modal.Volume":
    """A volume of the second version, made if there is none.

    One of the first takes about five commits at a time, and samples begin together; nor does `sync` commit there.
    """
    import modal

    return modal.Volume.from_name(name, create_if_missing=True, version=2)


async def mount(entry: str, root: str = MODELS) -> "dict[str, modal.Volume]":
    """Where the weights of a sandbox will appear: read-only, and without a way to those of others."""
    volume = volume_named(VOLUME)
    # The directory has to be there before it can be mounted.
    async with volume.batch_upload(force=True) as batch:
        batch.put_file(io.BytesIO(), f"/{entry}/.mounted")
    return {root: volume.with_mount_options(read_only=True, sub_path=f"/{entry}")}


async def place(remote: Remote, name: str, files: Mapping[str, Path], root: str = MODELS) -> str:
    """Make host files appear as `<root>/<name>/…`.

    Raises:
        ValueError: `name` or a path in `files` leaves the directory.
        FileNotFoundError: A host file does not exist.
    """
    sources = checked(name, files)
    volume = volume_named(VOLUME)
    # Modal asks for the content of a file once, however often it is uploaded.
    async with volume.batch_upload(force=True) as batch:
        for relative, source in sources.items():
            batch.put_file(source, f"/{remote.name}/{name}/{relative}", mode=0o644)
    await remote.sandbox.reload_volumes.aio(timeout=_SECONDS)
    return f"{root}/{name}"


def checked(name: str, files: Mapping[str, Path]) -> dict[str, Path]:
    """The files to upload, if none of them leaves the model's directory."""
    if name in ("", ".", "..") or "/" in name or name.startswith("."):
        raise ValueError(f"model directory {name!r} must be a plain name such as 'm0'")
    found = {}
    for relative, source in files.items():
        path = PurePosixPath(relative)
        if path.is_absolute() or ".." in path.parts or not path.parts:
            raise ValueError(f"model file {relative!r} must be a relative path without '..'")
        found[relative] = source.resolve(strict=True)
    return found


async def remove(entry: Entry) -> None:
    """Remove the weights of a sandbox that is gone."""
    import modal

    with anyio.move_on_after(30, shield=True):
        try:
            await modal.Volume.from_name(VOLUME).remove_file.aio(f"/{entry.name}", recursive=True)
        except (modal.exception.NotFoundError, FileNotFoundError):
            return
        except (TimeoutError, modal.exception.Error, OSError) as error:
            logger.warning("weights of %s were left in the volume %s: %s", entry.name, VOLUME, error)
