"""Sandboxes without root: process groups with a folder each, and a stated loss of fidelity.

What is lost: a sandbox sees and writes this machine's own files, and only what lies in its own folder (its working
and home directory) is kept apart, snapshotted and forked; volumes cannot be mounted; the network is this machine's
and nothing closes it; ports are shared; `ps` shows everything.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

from modal_proto import api_pb2

from ._container import Container, Spec, StartError, copy_tree
from ._laboratory import Laboratory, write_fs_tools
from ._network import Cable
from ._processes import Process, spawn

_MARK = "MODAL_EMULATOR_SANDBOX"
_FS_TOOLS = "/__modal/.bin/"


class PlainLaboratory(Laboratory):
    """A folder in place of the namespaces."""

    @property
    def root(self) -> Path:
        """The state folder itself."""
        return self.state

    def start(self) -> None:
        """Lay out the state folder."""
        self.pid = os.getpid()
        for name in ("layers", "sandboxes", "volumes", "mounts", "blobs"):
            (self.state / name).mkdir(parents=True)
        write_fs_tools(self.state / "bin")

    def stop(self) -> None:
        """Remove the state folder."""
        shutil.rmtree(self.state, ignore_errors=True)


class PlainContainer(Container):
    """A process group, found again by a variable in the environment of every process."""

    own_mounts = False

    @property
    def folder(self) -> Path:
        """The working and home directory."""
        return self._laboratory.root / "sandboxes" / self.spec.name / "upper"

    def alive(self) -> bool:
        """Whether the entrypoint is still there."""
        return self.process.popen.poll() is None

    async def run(self, argv: Sequence[str], env: Mapping[str, str], workdir: str | None) -> Process:
        """Start a command in the sandbox's folder, or in a folder of this machine that exists."""
        return await _spawn(self._laboratory, self.spec, argv, env, workdir)

    @staticmethod
    def kill_command(process: Process) -> None:
        """SIGKILL the command, not its children."""
        process.kill()

    async def change_network(self, access: api_pb2.NetworkAccess) -> None:
        """Nothing closes the network here."""

    async def connect(self, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect to a port of this machine."""
        return await asyncio.open_connection("127.0.0.1", port)

    def kill(self) -> None:
        """SIGKILL every process that carries the sandbox's mark, and the entrypoint, which may not have it yet."""
        self.process.kill()
        mark = f"{_MARK}={self._laboratory.state}/{self.spec.name}".encode()
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    os.kill(int(entry.name), signal.SIGKILL)

    async def remove(self) -> None:
        """Forget the sandbox's folder."""
        await self.process.ended.wait()
        shutil.rmtree(self.folder.parent, ignore_errors=True)


async def start_plain(laboratory: Laboratory, spec: Spec) -> Container:
    """Start an entrypoint in a folder with the contents of the image's layers.

    Raises:
        StartError: volumes cannot be mounted, or there is no such command.
    """
    if spec.volumes:
        raise StartError("volumes cannot be mounted without root: run the emulator as root")
    folder = laboratory.root / "sandboxes" / spec.name / "upper"
    folder.mkdir(parents=True)
    for layer in reversed(spec.layers):
        await asyncio.to_thread(copy_tree, laboratory.layer(layer), folder)
    process = await _spawn(laboratory, spec, spec.argv, spec.env, None)
    return PlainContainer(laboratory, spec, process, process.popen.pid, Cable(laboratory, spec.number, spec.access))


async def _spawn(
    laboratory: Laboratory, spec: Spec, argv: Sequence[str], env: Mapping[str, str], workdir: str | None
) -> Process:
    folder = laboratory.root / "sandboxes" / spec.name / "upper"
    if argv[0].startswith(_FS_TOOLS):
        argv = [str(laboratory.root / "bin" / argv[0].removeprefix(_FS_TOOLS)), *argv[1:]]
    marked = {**env, "HOME": str(folder), _MARK: f"{laboratory.state}/{spec.name}"}
    cwd = Path(workdir) if workdir and os.path.isdir(workdir) and os.access(workdir, os.X_OK) else folder
    # `env` reports a missing command as 127 and one that cannot be run as 126, as nsenter does
    return await spawn(["/usr/bin/env", "--", *argv], env=marked, cwd=cwd)
