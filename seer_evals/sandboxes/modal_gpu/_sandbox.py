"""The Inspect sandbox provider `modal_gpu`."""

import contextlib
import os
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, overload

import anyio
from inspect_ai.log import transcript
from inspect_ai.util import (
    ComposeConfig,
    ExecResult,
    SandboxConnection,
    SandboxEnvironment,
    SandboxEnvironmentConfigType,
    SandboxEnvironmentLimits,
    sandboxenv,
)
from pydantic import BaseModel
from typing_extensions import override

from seer_evals.environment import Environment
from seer_evals.plain_text import shown
from seer_evals.refusal import Refusal
from seer_evals.sandboxes._base import Isolation, LabSandbox, Layout, Placed, Process

from . import (
    _budget,
    _cleanup,
    _compose,
    _connection,
    _end,
    _exec,
    _files,
    _leases,
    _models,
    _preflight,
    _prepare,
    _repositories,
    _sample,
    _weights,
)
from ._create import Got
from ._process import HeldProcess

_POLLING_SECONDS = 0.5
_LOG_BYTES = 64 * 1024


@sandboxenv(name="modal_gpu")
class ModalSandbox(LabSandbox):
    """A sandbox on Modal, with a GPU if the environment names one."""

    def __init__(self, environment: Environment, got: Got, name: str = "default") -> None:
        super().__init__()
        self._name = name
        self._environment = environment
        self._remote = got.remote
        self._entry = got.entry
        self._running = 0
        self._last_used = time.monotonic()
        _leases.hold(_leases.Lease(got.remote.sandbox, got.entry.name, self._idle))

    # --- life -------------------------------------------------------------------------------------------------------

    @classmethod
    @override
    async def task_init(cls, task_name: str, config: SandboxEnvironmentConfigType | None) -> None:
        """Check the environment and prepare what all samples start from.

        Raises:
            Refusal: The environment cannot be had on Modal; the message lists every reason.
        """
        try:
            environment = environment_from(config)
        except (ValueError, FileNotFoundError) as error:
            raise Refusal(error) from error
        await _preflight.preflight(environment)
        for _, one in parts(environment):
            await _prepare.prepared(one)
            await _weights.fetch_all(one)

    @classmethod
    @override
    async def sample_init(
        cls, task_name: str, config: SandboxEnvironmentConfigType | None, metadata: dict[str, str]
    ) -> dict[str, SandboxEnvironment]:
        """Start the agent's sandbox and the scoped ones; if one fails to start, nothing is left behind."""
        sandboxes: dict[str, SandboxEnvironment] = {}
        try:
            for name, environment in parts(environment_from(config)):
                holds = any(sandbox.as_type(cls)._environment.gpu for sandbox in sandboxes.values())
                got = await _sample.start(environment, name, task_name, metadata, patient=not holds)
                sandboxes[name] = cls(environment, got, name)
        except BaseException:
            await cls.sample_cleanup(task_name, config, sandboxes, True)
            raise
        return sandboxes

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

    @classmethod
    @override
    async def task_cleanup(cls, task_name: str, config: SandboxEnvironmentConfigType | None, cleanup: bool) -> None:
        """Look once more for sandboxes whose creation was given up."""
        if cleanup:
            await _end.sweep()

    @classmethod
    @override
    async def cli_cleanup(cls, id: str | None) -> None:
        """End sandboxes whose evaluation is gone, or the one named `id`, and print what was done.

        Raises:
            Refusal: There is no sandbox `id`, or one could not be ended.
        """
        async for line in _cleanup.clean_up(id):
            print(shown(line))

    @classmethod
    @override
    def default_concurrency(cls) -> int | None:
        """As many sandboxes as samples: what is scarce is decided by Modal and by the budget."""
        return None

    @override
    def default_polling_interval(self) -> float:
        """Seconds between two looks for requests of a service; each look is a request over the network."""
        return _POLLING_SECONDS

    @classmethod
    @override
    def config_files(cls) -> list[str]:
        """What is looked for beside a task that names no configuration."""
        return _compose.CONFIG_FILES

    @classmethod
    @override
    def config_deserialize(cls, config: dict[str, Any]) -> BaseModel:
        """Read an environment back from a log."""
        return Environment.model_validate(config)

    # --- use --------------------------------------------------------------------------------------------------------

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


def environment_from(config: SandboxEnvironmentConfigType | None) -> Environment:
    """The environment that a sandbox's configuration stands for: one, a YAML, compose or Dockerfile, or none.

    Raises:
        ValueError: It is something else, or says what an environment cannot.
        FileNotFoundError: There is no such file.
    """
    if config is None:
        return Environment()
    if isinstance(config, Environment):
        return config
    if isinstance(config, ComposeConfig) or (isinstance(config, str) and _compose.is_docker(config)):
        return _compose.environment_of(config)
    if isinstance(config, str):
        return Environment.from_yaml(Path(config))
    given = type(config).__name__
    raise ValueError(f"modal_gpu takes an Environment, or a YAML, compose or Dockerfile by its path, not {given}")


def parts(environment: Environment) -> Iterator[tuple[str, Environment]]:
    """The sandboxes of a sample by name, the agent's own first: Inspect takes the first one for the default."""
    yield "default", environment
    for scoped in environment.scoped:
        held = tuple(model for model in environment.models if model.placement == scoped.name)
        # Neither the agent's files nor its secrets; and it ends with the agent's sandbox, not by being idle.
        yield (
            scoped.name,
            Environment(
                packages=scoped.packages,
                gpu=scoped.gpu,
                env=environment.env,
                timeout=environment.timeout,
                models=tuple(model.model_copy(update={"placement": "kernel"}) for model in held),
            ),
        )
