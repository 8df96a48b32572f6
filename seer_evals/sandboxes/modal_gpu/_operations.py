"""What a sandbox on Modal does, once it is there; what starts and prepares one is above this."""

import contextlib
import os
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, overload

import anyio
from inspect_ai.log import transcript
from inspect_ai.util import (
    ExecResult,
    SandboxConnection,
    SandboxEnvironment,
    SandboxEnvironmentConfigType,
    SandboxEnvironmentLimits,
)
from typing_extensions import override

from seer_evals.environment import Environment
from seer_evals.sandboxes._base import Isolation, LabSandbox, Layout, Placed, Process

from . import _budget, _connection, _end, _exec, _files, _leases, _models, _repositories
from ._create import CreatedSandbox
from ._process import HeldProcess

_LOG_BYTES = 64 * 1024


class ModalOperations(LabSandbox):
    """Commands, files, processes and models of a sandbox that was created, and its end."""

    def __init__(self, environment: Environment, got: CreatedSandbox, name: str = "default") -> None:
        super().__init__()
        self._name = name
        self._environment = environment
        self._remote = got.remote
        self._entry = got.entry
        self._running = 0
        self._last_used = time.monotonic()
        _leases.hold(_leases.Lease(got.remote.sandbox, got.entry.name, self._idle))

    @classmethod
    @override
    async def sample_cleanup(
        cls,
        task_name: str,
        config: SandboxEnvironmentConfigType | None,
        environments: dict[str, SandboxEnvironment],
        interrupted: bool,
    ) -> None:
        """End the sandboxes at once, interrupted or not: every second of a GPU costs."""
        with anyio.CancelScope(shield=True):
            async with anyio.create_task_group() as group:
                for sandbox in environments.values():
                    group.start_soon(sandbox.as_type(cls)._close)

    async def _close(self) -> None:
        await _end.end(self._entry, self._remote.sandbox)
        if cost := _budget.budget().record(self._entry.name):
            transcript().info({"sandbox": self._name, "name": self._entry.name, **cost}, source="modal_gpu cost")
        if _repositories.has_uploads(self._environment):
            await _models.remove(self._entry)

    @property
    @override
    def layout(self) -> Layout:
        return self._remote.layout

    @property
    @override
    def isolation(self) -> Isolation:
        return Isolation(complete=True)

    @override
    async def exec(
        self,
        cmd: list[str],
        input: str | bytes | None = None,
        cwd: str | None = None,
        env: dict[str, str] | None = None,
        user: str | None = None,
        timeout: int | None = None,
        timeout_retry: bool = True,
        concurrency: bool = True,
    ) -> ExecResult[str]:
        """Run a command; of more output than Inspect's limit, the end is kept.

        A command that times out is not tried again, whatever `timeout_retry` says: it may have done half its work.

        Raises:
            TimeoutError: The command timed out; it and all it started is dead. `truncated_output` holds what it wrote.
            PermissionError: The file is not executable.
            SandboxUnavailableError: The sandbox is not running, or cannot be reached; the message says why.
            PermissionError: This is a scoped sandbox, in which no command runs: Inspect's own tools are the agent's.
        """
        if not cmd:
            raise ValueError("exec needs a command; got an empty list")
        if self._name != "default":
            raise PermissionError(
                f"no command runs in the scoped sandbox {self._name!r}; it answers the functions of its interface only"
            )
        command = _exec.Command(
            argv=cmd,
            cwd=self._inside(cwd or ""),
            env=dict(env or {}),
            user=user,
            input=input.encode() if isinstance(input, str) else input,
            timeout=timeout,
            limit=SandboxEnvironmentLimits.MAX_EXEC_OUTPUT_SIZE,
        )
        async with self._in_use():
            return await _exec.run(self._remote, command)

    @override
    async def write_file(self, file: str, contents: str | bytes) -> None:
        data = contents.encode() if isinstance(contents, str) else contents
        async with self._in_use():
            await _files.write_file(self._remote, self._inside(file), file, data)

    @overload
    async def read_file(self, file: str, text: Literal[True] = True) -> str: ...

    @overload
    async def read_file(self, file: str, text: Literal[False]) -> bytes: ...

    @override
    async def read_file(self, file: str, text: bool = True) -> str | bytes:
        async with self._in_use():
            data = await _files.read_file(self._remote, self._inside(file), file)
        return data.decode("utf-8") if text else data

    @override
    async def connection(self, *, user: str | None = None) -> SandboxConnection:
        """A command that opens a shell in the sandbox.

        Raises:
            NotImplementedError: `user` is not root.
        """
        return _connection.connection(self._remote, user)

    @override
    async def open_process(self, command: Sequence[str], env: Mapping[str, str] | None = None) -> Process:
        held = _exec.Command(argv=command, cwd=self.layout.workspace, env=dict(env or {}), input=b"", limit=_LOG_BYTES)
        return await HeldProcess.open(self._remote, held)

    @override
    async def place_model(self, name: str, files: Mapping[str, Path]) -> str:
        async with self._in_use():
            return await _models.place(self._remote, name, files, _repositories.upload_root(self._environment))

    @override
    def provided_model(self, name: str) -> Placed | None:
        """Models of the hub: they are in volumes that were mounted when the sandbox was created."""
        return _repositories.provided(self._environment, name)

    def _inside(self, path: str) -> str:
        return os.path.join(self.layout.workspace, path)

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
