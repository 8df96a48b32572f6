"""What a sandbox on Modal does, once it is there; what starts and prepares one is above this."""

import contextlib
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from inspect_ai.log import transcript
from inspect_ai.util import (
    ExecResult,
    SandboxConnection,
)
from typing_extensions import override

from seer_evals.environment import Environment
from seer_evals.sandboxes._base import Isolation, Placed, Process
from seer_evals.sandboxes._operations import LOG_BYTES, Command, Operations

from . import _budget, _connection, _end, _exec, _files, _leases, _models, _repositories
from ._create import CreatedSandbox
from ._process import HeldProcess


class ModalOperations(Operations):
    """Commands, files, processes and models of a sandbox that was created, and its end."""

    def __init__(self, environment: Environment, got: CreatedSandbox, name: str = "default") -> None:
        super().__init__(name, got.remote.layout, Isolation(complete=True))
        self._environment = environment
        self._remote = got.remote
        self._entry = got.entry
        self._running = 0
        self._last_used = time.monotonic()
        _leases.hold(_leases.Lease(got.remote.sandbox, got.entry.name, self._idle))

    async def close(self) -> None:
        """End it, say what it cost, and remove what was uploaded for it."""
        await _end.end(self._entry, self._remote.sandbox)
        if cost := _budget.budget().record(self._entry.name):
            transcript().info({"sandbox": self._name, "name": self._entry.name, **cost}, source="modal_gpu cost")
        if _repositories.has_uploads(self._environment):
            await _models.remove(self._entry)

    @override
    async def _run(self, command: Command, concurrency: bool) -> ExecResult[str]:
        async with self._in_use():
            return await _exec.run(self._remote, command)

    @override
    async def _write(self, path: str, asked: str, data: bytes) -> None:
        async with self._in_use():
            await _files.write_file(self._remote, path, asked, data)

    @override
    async def _read(self, path: str, asked: str) -> bytes:
        async with self._in_use():
            return await _files.read_file(self._remote, path, asked)

    @override
    async def connection(self, *, user: str | None = None) -> SandboxConnection:
        """A command that opens a shell in the sandbox.

        Raises:
            NotImplementedError: `user` is not root.
        """
        return _connection.connection(self._remote, user)

    @override
    async def open_process(self, command: Sequence[str], env: Mapping[str, str] | None = None) -> Process:
        held = Command(argv=command, cwd=self.layout.workspace, env=env or {}, input=b"", limit=LOG_BYTES)
        return await HeldProcess.open(self._remote, held)

    @override
    async def place_model(self, name: str, files: Mapping[str, Path]) -> str:
        async with self._in_use():
            return await _models.place(self._remote, name, files, _repositories.upload_root(self._environment))

    @override
    def provided_model(self, name: str) -> Placed | None:
        """Models of the hub: they are in volumes that were mounted when the sandbox was created."""
        return _repositories.provided(self._environment, name)

    @contextlib.asynccontextmanager
    async def _in_use(self) -> AsyncIterator[None]:
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1
            self._last_used = time.monotonic()

    def _idle(self) -> float | None:
        """Seconds for which no command has run beyond what the environment allows; None if it has not come to that."""
        limit = self._environment.idle_timeout
        idle = time.monotonic() - self._last_used
        return idle - limit if limit and not self._running and idle > limit else None
