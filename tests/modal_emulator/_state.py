"""What the emulated account holds: apps, environments, secrets, images, volumes, mounts and uploaded files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from grpclib import GRPCError, Status
from modal_proto import api_pb2

DEFAULT_ENVIRONMENT = "main"
T = TypeVar("T")


@dataclass
class App:
    """One app; sandboxes belong to it."""

    app_id: str
    name: str
    environment: str
    tags: dict[str, str] = field(default_factory=dict)


@dataclass
class Secret:
    """Environment variables under a name, or none."""

    secret_id: str
    name: str
    environment: str
    env: dict[str, str]


@dataclass(frozen=True)
class Image:
    """Layers from the top down, and what a Dockerfile says about running it."""

    image_id: str
    layers: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    workdir: str = "/root"
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    folder: bool = False
    """A snapshot of one folder rather than of a root."""


@dataclass
class Volume:
    """A folder that several sandboxes can mount."""

    volume_id: str
    name: str
    environment: str
    version: int
    files: Path
    source: str
    """Its path within the state folder."""


@dataclass(frozen=True)
class Mount:
    """Uploaded files by the path that they are to have."""

    mount_id: str
    files: tuple[api_pb2.MountFile, ...]


@dataclass
class Account:
    """Everything but the sandboxes."""

    apps: dict[str, App] = field(default_factory=dict)
    environments: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, Secret] = field(default_factory=dict)
    images: dict[str, Image] = field(default_factory=dict)
    image_tags: dict[str, str] = field(default_factory=dict)
    image_keys: dict[str, str] = field(default_factory=dict)
    failed_builds: dict[str, str] = field(default_factory=dict)
    volumes: dict[str, Volume] = field(default_factory=dict)
    mounts: dict[str, Mount] = field(default_factory=dict)

    def image(self, image_id: str) -> Image:
        """The image of that id; NOT_FOUND otherwise."""
        return found(self.images, image_id, "image")

    def env_of_sources(self, sources: Iterable[api_pb2.SecretSource]) -> dict[str, str]:
        """What inline and stored secrets put into an environment, the later winning."""
        env: dict[str, str] = {}
        for source in sources:
            stored = source.WhichOneof("source") == "secret_id"
            env |= self.env_of_secrets([source.secret_id]) if stored else dict(source.env.contents)
        return env

    def env_of_secrets(self, secret_ids: Iterable[str]) -> dict[str, str]:
        """What stored secrets put into an environment, the later winning."""
        env: dict[str, str] = {}
        for secret_id in secret_ids:
            env |= found(self.secrets, secret_id, "secret").env
        return env


def found(objects: dict[str, T], key: str, kind: str) -> T:
    """The object under `key`.

    Raises:
        GRPCError: NOT_FOUND.
    """
    if key not in objects:
        raise GRPCError(Status.NOT_FOUND, f"no {kind} {key!r}")
    return objects[key]
