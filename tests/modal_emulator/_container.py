"""One container: an overlay root, namespaces of its own, an entrypoint, and commands that are run beside it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from modal_proto import api_pb2

from ._laboratory import PYTHON, Laboratory
from ._network import Cable, in_namespace_of
from ._processes import Process, children, spawn

SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


class StartError(Exception):
    """A container did not get as far as its entrypoint."""


@dataclass(frozen=True)
class VolumeMount:
    """A folder of the state folder, as it is to appear in a container."""

    source: str
    path: str
    read_only: bool = False


@dataclass(frozen=True)
class Spec:
    """Everything that a container is made of; `layers` from the top down, without the base."""

    name: str
    number: int
    argv: Sequence[str]
    layers: Sequence[str]
    env: Mapping[str, str]
    workdir: str
    access: api_pb2.NetworkAccess
    volumes: Sequence[VolumeMount] = field(default_factory=tuple)
    host_network: bool = False
    """This machine's own network instead of the emulated one."""
    gpus: Sequence[str] = ()
    """Types of the GPUs that `nvidia-smi` tells of; there are none."""


def _quoted(path: str) -> str:
    return "'" + path.replace("'", "'\\''") + "'"


def _mount_lines(state: Path, volumes: Sequence[VolumeMount]) -> str:
    python = _quoted(f"root{PYTHON}")
    lines = [f"mkdir -p {python}; mount --bind {_quoted(sys.prefix)} {python}; mount -o remount,bind,ro {python}"]
    for volume in volumes:
        source, target = _quoted(f"{state}/{volume.source}"), _quoted(f"root{volume.path}")
        lines.append(f"mkdir -p {target}; mount --bind {source} {target}")
        if volume.read_only:
            lines.append(f"mount -o remount,bind,ro {target}")
    return "\n".join(lines)


class Container:
    """A started container of a laboratory."""

    own_mounts = True

    def __init__(self, laboratory: Laboratory, spec: Spec, process: Process, pid: int, cable: Cable) -> None:
        self._laboratory = laboratory
        self.spec = spec
        self.process = process
        self.pid = pid
        self._cable = cable

    @property
    def upper(self) -> Path:
        """What the container has written, as an overlay layer."""
        return self._laboratory.root / "sandboxes" / self.spec.name / "upper"

    @property
    def root(self) -> Path:
        """The container's own root, as this process reaches it."""
        return Path(f"/proc/{self.pid}/root")

    def alive(self) -> bool:
        """Whether the entrypoint is still there, by the kernel's word."""
        return not self.process.ended.is_set() and os.path.exists(f"/proc/{self.pid}/root/proc")

    async def run(self, argv: Sequence[str], env: Mapping[str, str], workdir: str | None) -> Process:
        """Start a command beside the entrypoint."""
        enter = ["nsenter", "-t", str(self.pid), "-m", "-p", "-n", "-u", "-i", "-r"]
        return await spawn([_NSENTER, *enter[1:], f"--wdns={workdir or self.spec.workdir}", "--", *argv], env=env)

    @staticmethod
    def kill_command(process: Process) -> None:
        """SIGKILL the command that `run` started, not its children."""
        for child in children(process.popen.pid) or [process.popen.pid]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)

    async def change_network(self, access: api_pb2.NetworkAccess) -> None:
        """Open and close the network while everything keeps running."""
        await asyncio.to_thread(self._cable.change, access)

    async def connect(self, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect to a port that something in the container listens on.

        Raises:
            OSError: nothing does.
        """
        dialled = await asyncio.to_thread(
            in_namespace_of, self.pid, lambda: socket.create_connection(("127.0.0.1", port), timeout=10)
        )
        return await asyncio.open_connection(sock=dialled)

    def kill(self) -> None:
        """End every process of the container."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    async def remove(self) -> None:
        """Forget what the container wrote; it must have ended."""
        await self.process.ended.wait()
        await asyncio.to_thread(self._cable.unplug)
        folder = self._laboratory.root / "sandboxes" / self.spec.name
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def copy_upper(self, layer: str) -> None:
        """Copy what the container has written into `layer`."""
        target = self._laboratory.layer(layer)
        await asyncio.to_thread(copy_tree, self.upper, target)


_NSENTER = shutil.which("nsenter") or "/usr/bin/nsenter"


def copy_tree(source: Path, target: Path) -> None:
    """Copy a folder's contents with owners, modes, whiteouts and overlay attributes.

    Raises:
        OSError: `cp` failed.
    """
    done = subprocess.run(["cp", "-a", "--", f"{source}/.", str(target)], capture_output=True)
    if done.returncode:
        raise OSError(f"cannot copy {source}: {done.stderr.decode(errors='replace').strip()}")


async def start_namespaces(laboratory: Laboratory, spec: Spec) -> Container:
    """Start a container and return once its entrypoint runs.

    Raises:
        StartError: with what the set-up wrote to stderr.
    """
    for name in ("upper", "work", "root"):
        (laboratory.root / "sandboxes" / spec.name / name).mkdir(parents=True)
    if spec.gpus:
        _pretend_gpus(laboratory.root / "sandboxes" / spec.name / "upper", spec.gpus)
    told, tell = os.pipe()
    go, going = os.pipe()
    cable = Cable(laboratory, spec.number, spec.access)
    try:
        env = _environment(laboratory, spec, cable)
        process = await spawn(_argv(laboratory, spec, go, tell), env=env, pass_fds=(go, tell))
    finally:
        os.close(go)
        os.close(tell)
    progress = await _lines(told)
    try:
        await _expect(progress, b"ready", process)
        pid = children(children(process.popen.pid)[0])[0]
        if not spec.host_network:
            await asyncio.to_thread(cable.plug, pid)
        os.write(going, b"go\n")
        await _expect(progress, b"started", process)
    finally:
        os.close(going)
    return Container(laboratory, spec, process, pid, cable)


def _pretend_gpus(upper: Path, gpus: Sequence[str]) -> None:
    """Put a program in the place of `nvidia-smi` that lists them."""
    program = upper / "usr" / "bin" / "nvidia-smi"
    program.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"NVIDIA {gpu}, 580.0" for gpu in gpus]
    program.write_text("#!/bin/sh\ncat <<END\n" + "\n".join(lines) + "\nEND\n")
    program.chmod(0o755)


def _argv(laboratory: Laboratory, spec: Spec, go: int, tell: int) -> list[str]:
    network = [] if spec.host_network else ["-n"]
    unshare = ["unshare", "-m", *network, "-p", "-u", "-i", "-f", "--kill-child", "--"]
    init = ["bash", "--norc", f"{laboratory.state}/init", str(go), str(tell)]
    return [_NSENTER, *laboratory.enter("-m", "-p")[1:], *unshare, *init, *spec.argv]


def _environment(laboratory: Laboratory, spec: Spec, cable: Cable) -> dict[str, str]:
    layers = [str(laboratory.state / "layers" / layer) for layer in (*spec.layers, "base")]
    return {
        **spec.env,
        "PATH": SYSTEM_PATH,
        "IMAGE_PATH": spec.env["PATH"],
        "STATE": str(laboratory.state),
        "NAME": spec.name,
        "LOWER": ":".join([*layers, "/"]),
        "MOUNTS": _mount_lines(laboratory.state, spec.volumes),
        "WORKDIR": spec.workdir,
        "NETWORK": "" if spec.host_network else cable.inside,
    }


async def _lines(fd: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    pipe = open(fd, "rb", 0)  # noqa: SIM115
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
    return reader


async def _expect(progress: asyncio.StreamReader, word: bytes, process: Process) -> None:
    line = await progress.readline()
    if line.strip() != word:
        process.kill()
        await process.ended.wait()
        raise StartError(bytes(process.stderr.data).decode(errors="replace").strip() or "the container ended at once")
