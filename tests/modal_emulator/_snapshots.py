"""Images from running containers, and images mounted into them."""

from __future__ import annotations

import asyncio
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from grpclib import GRPCError, Status
from modal_proto import api_pb2

from . import _ids
from ._container import Container
from ._state import Image
from ._world import World

_NEEDS_ROOT = "the emulator needs root for images of folders and mounted images"
_MOUNT_INTO = Path(__file__).with_name("mount_into.py")


async def snapshot_root(world: World, definition: api_pb2.Sandbox, container: Container) -> Image:
    """An image of everything in the container, registered; forks of it share the layers."""
    layer = world.laboratory.new_layer()
    await container.copy_upper(layer)
    parent = world.account.image(definition.image_id)
    image = replace(parent, image_id=_ids.object_id("im"), layers=(layer, *container.spec.layers), folder=False)
    world.account.images[image.image_id] = image
    return image


async def snapshot_folder(world: World, container: Container, path: str) -> Image:
    """An image of one folder, registered.

    Raises:
        GRPCError: NOT_FOUND where `path` is no folder.
    """
    if not container.own_mounts:
        raise GRPCError(Status.FAILED_PRECONDITION, _NEEDS_ROOT)
    layer = world.laboratory.new_layer()
    inside = shlex.join([*_enter(container), "tar", "-C", path, "-cf", "-", "."])
    outside = shlex.join(["tar", "-C", str(world.laboratory.layer(layer)), "-xpf", "-"])
    done = await _run(["bash", "-o", "pipefail", "-c", f"{inside} | {outside}"])
    if done.returncode:
        raise GRPCError(Status.NOT_FOUND, f"cannot snapshot {path}: {done.stderr.decode(errors='replace').strip()}")
    image = Image(_ids.object_id("im"), layers=(layer,), folder=True)
    world.account.images[image.image_id] = image
    return image


async def mount_image(world: World, container: Container, image_id: str, path: str) -> None:
    """Mount an image over a folder of a container; what is written there stays out of the image.

    Raises:
        GRPCError: INTERNAL with what went wrong.
    """
    if not container.own_mounts:
        raise GRPCError(Status.FAILED_PRECONDITION, _NEEDS_ROOT)
    laboratory = world.laboratory
    number = next(world.numbers)
    folder = f"{laboratory.state}/mounts/m{number}"
    image = world.account.image(image_id) if image_id else Image("")
    below = [*image.layers] if image.folder or not image_id else [*image.layers, "base"]
    lower = ":".join([f"{laboratory.state}/layers/{name}" for name in below] + ([] if image.folder else ["/"]))
    if not image_id:
        lower = f"{laboratory.state}/layers/{laboratory.new_layer()}"
    for name in ("upper", "work", "root"):
        (laboratory.root / "mounts" / f"m{number}" / name).mkdir(parents=True)
    argv = [sys.executable, "-IS", str(_MOUNT_INTO), str(container.pid), folder, lower, path]
    await _succeed([*laboratory.enter("-m"), *argv], f"mount {image_id} at {path}")


async def unmount(container: Container, path: str) -> None:
    """Undo `mount_image`.

    Raises:
        GRPCError: INTERNAL with what went wrong.
    """
    await _succeed([*_enter(container), "umount", path], f"unmount {path}")


def _enter(container: Container) -> list[str]:
    return ["nsenter", "-t", str(container.pid), "-m", "-p", "-r", "--"]


async def _run(argv: list[str]) -> subprocess.CompletedProcess[bytes]:
    return await asyncio.to_thread(subprocess.run, argv, capture_output=True)


async def _succeed(argv: list[str], what: str) -> None:
    done = await _run(argv)
    if done.returncode:
        raise GRPCError(Status.INTERNAL, f"cannot {what}: {done.stderr.decode(errors='replace').strip()}")
