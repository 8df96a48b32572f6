"""From a sandbox's definition to the container that it is."""

from __future__ import annotations

import os
import posixpath
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from grpclib import GRPCError, Status
from modal_proto import api_pb2

from ._container import Spec, VolumeMount
from ._laboratory import PYTHON, merged
from ._state import Image, found
from ._world import World

_PATH = f"{PYTHON}/bin:{os.path.dirname(sys.executable)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_NAP = ("sleep", str(48 * 3600))
BASE_ENVIRONMENT = {"PATH": _PATH, "HOME": "/root", "LANG": "C.UTF-8"}


def environment(image: Image, env: dict[str, str]) -> dict[str, str]:
    """What a process in a container of `image` sees."""
    return merged(BASE_ENVIRONMENT, dict(image.env), env)


def recipe(world: World, definition: api_pb2.Sandbox, env: dict[str, str]) -> Spec:
    """What to start for `definition`; stored secrets come before `env`.

    Raises:
        GRPCError: NOT_FOUND for an unknown image, secret, volume or mount.
    """
    account = world.account
    image = account.image(definition.image_id)
    mounted = [mount_layer(world, mount_id) for mount_id in definition.mount_ids]
    argv = (*image.entrypoint, *(tuple(definition.entrypoint_args) or image.cmd)) or _NAP
    number = next(world.numbers)
    return Spec(
        name=f"s{number}",
        number=number,
        argv=argv,
        layers=[*mounted, *image.layers],
        env=environment(image, account.env_of_secrets(definition.secret_ids) | env),
        workdir=definition.workdir or image.workdir,
        access=definition.network_access,
        volumes=[volume_mount(world, mount) for mount in definition.volume_mounts],
        gpus=[definition.resources.gpu_config.gpu_type] * definition.resources.gpu_config.count,
    )


def volume_mount(world: World, mount: api_pb2.VolumeMount) -> VolumeMount:
    """A volume or a folder in it, as it is to be mounted; the folder is made if it is not there."""
    volume = found(world.account.volumes, mount.volume_id, "volume")
    sub_path = posixpath.normpath("/" + mount.sub_path)
    (volume.files / sub_path.lstrip("/")).mkdir(parents=True, exist_ok=True)
    return VolumeMount(volume.source + sub_path.rstrip("/"), mount.mount_path, mount.read_only)


def mount_layer(world: World, mount_id: str) -> str:
    """A layer with the uploaded files of a mount."""
    mount = found(world.account.mounts, mount_id, "mount")
    name = world.laboratory.new_layer()
    lay_out(world, mount.files, world.laboratory.layer(name))
    return name


def lay_out(world: World, files: Iterable[api_pb2.MountFile], folder: Path) -> None:
    """Put uploaded files under `folder`.

    Raises:
        GRPCError: FAILED_PRECONDITION for a file whose contents were never uploaded.
    """
    for file in files:
        target = folder / posixpath.normpath("/" + file.filename).lstrip("/")
        blob = world.laboratory.root / "blobs" / file.sha256_hex
        if not blob.exists():
            raise GRPCError(Status.FAILED_PRECONDITION, f"{file.filename}: contents {file.sha256_hex} not uploaded")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        shutil.copyfile(blob, target)
        target.chmod(file.mode & 0o7777 or 0o644)
