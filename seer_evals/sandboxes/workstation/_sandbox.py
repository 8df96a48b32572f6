"""The Inspect sandbox provider `workstation`."""

import contextlib
import logging
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Self, overload

import anyio
from inspect_ai.util import (
    ExecResult,
    SandboxConnection,
    SandboxEnvironment,
    SandboxEnvironmentConfigType,
    SandboxEnvironmentLimits,
    SandboxUserUnsupportedError,
    concurrency,
    sandboxenv,
)
from pydantic import BaseModel
from typing_extensions import override

from seer_evals import inspect_private
from seer_evals.environment import Environment
from seer_evals.plain_text import shown
from seer_evals.sandboxes._base import Isolation, LabSandbox, Layout, Process
from seer_evals.sandboxes._config import environment_from, parts

from . import (
    _cleanup,
    _connection,
    _exec,
    _launch,
    _models,
    _probe,
    _read,
    _signals,
    _state,
    _template,
    _validate,
    _write,
)
from ._ceilings import default_at_once
from ._groups import Met
from ._process import HeldProcess

logger = logging.getLogger(__name__)

_POLLING_SECONDS = 0.2
_LOG_BYTES = 64 * 1024
_TAKES = "the workstation takes an Environment or the path of a YAML file"


@sandboxenv(name="workstation")
class WorkstationSandbox(LabSandbox):
    """A sandbox on this machine: its own mounts, processes and network where bubblewrap works, a warning where not."""

    def __init__(self, environment: Environment, started: _launch.Started, name: str = "default") -> None:
        super().__init__()
        self._name = name
        self._environment = environment
        self._started = started
        self._isolation = _probe.isolation(environment.network)
        self._met = Met()

    # --- life -------------------------------------------------------------------------------------------------------

    @classmethod
    @override
    async def task_init(cls, task_name: str, config: SandboxEnvironmentConfigType | None) -> None:
        """Check the environment and prepare what all samples share.

        Raises:
            Refusal: The environment cannot be had here; the message lists every reason.
        """
        environment = environment_from(config, _TAKES)
        _validate.validate(environment)
        if _probe.mode() == "plain":
            missing = "\n".join(f"  - {thing}" for thing in _probe.isolation(environment.network).missing)
            logger.warning(
                "NO ISOLATION: %s, so workstation sandboxes are ordinary processes. Not kept apart:\n%s",
                _probe.why_plain(),
                missing,
            )
        elif problem := _probe.no_filter() or _probe.no_ceilings():
            logger.warning("INCOMPLETE ISOLATION of workstation sandboxes: %s", problem)
        _signals.end_as_if_interrupted()
        await anyio.to_thread.run_sync(_cleanup.sweep)
        every = list(parts(environment))
        for _, one in every:
            await _template.template(one, len(every))

    @classmethod
    @override
    async def sample_init(
        cls, task_name: str, config: SandboxEnvironmentConfigType | None, metadata: dict[str, str]
    ) -> dict[str, SandboxEnvironment]:
        """Start the agent's sandbox and the scoped ones; if one fails to start, nothing is left behind."""
        sandboxes: dict[str, SandboxEnvironment] = {}
        try:
            for name, environment in parts(environment_from(config, _TAKES)):
                sandboxes[name] = await cls._start(name, environment)
        except BaseException:
            await cls.sample_cleanup(task_name, config, sandboxes, True)
            raise
        return sandboxes

    @classmethod
    async def _start(cls, name: str, environment: Environment) -> Self:
        place = await _template.copy_for_sample(environment, await _template.template(environment))
        try:
            started = await _launch.start(environment, place)
        except BaseException:
            await _remove(place.state)
            raise
        return cls(environment, started, name)

    @classmethod
    @override
    async def sample_cleanup(
        cls,
        task_name: str,
        config: SandboxEnvironmentConfigType | None,
        environments: dict[str, SandboxEnvironment],
        interrupted: bool,
    ) -> None:
        """End the sandboxes at once, interrupted or not, and remove what they wrote."""
        with anyio.CancelScope(shield=True):
            for sandbox in environments.values():
                await sandbox.as_type(cls)._close()

    async def _close(self) -> None:
        await self._started.supervised.close("its sample has ended")
        await _remove(self._started.state)

    @classmethod
    @override
    async def task_cleanup(cls, task_name: str, config: SandboxEnvironmentConfigType | None, cleanup: bool) -> None:
        """Remove what the samples shared."""
        if cleanup:
            with anyio.CancelScope(shield=True):
                for _, environment in parts(environment_from(config, _TAKES)):
                    await _template.forget(environment)

    @classmethod
    @override
    async def cli_cleanup(cls, id: str | None) -> None:
        """Remove sandboxes whose evaluation is gone, or the one named `id`, and print what was done.

        Raises:
            Refusal: There is no sandbox `id`.
        """
        for line in await anyio.to_thread.run_sync(_cleanup.clean_up, id):
            print(shown(line))

    @classmethod
    @override
    def default_concurrency(cls) -> int | None:
        """Two sandboxes per core, as Inspect's docker provider has it."""
        return default_at_once()

    @override
    def default_polling_interval(self) -> float:
        """Seconds between two looks for requests of a service; looking costs little here."""
        return _POLLING_SECONDS

    @classmethod
    @override
    def config_deserialize(cls, config: dict[str, Any]) -> BaseModel:
        """Read an environment back from a log."""
        return Environment.model_validate(config)

    # --- use --------------------------------------------------------------------------------------------------------

    @property
    @override
    def layout(self) -> Layout:
        return self._started.layout

    @property
    @override
    def isolation(self) -> Isolation:
        return self._isolation

    @override
    def ceilings_met(self) -> str:
        before, self._met = self._met, self._started.supervised.met()
        return self._started.supervised.met_since(before)

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

        A command that times out is not tried again, whatever `timeout_retry` says: on this machine nothing but the
        command can be the cause, and it may have done half its work.

        Raises:
            TimeoutError: The command timed out; it and all it started is dead. `truncated_output` holds what it wrote.
            PermissionError: The file is not executable.
            SandboxUserUnsupportedError: This sandbox cannot run anything as `user`.
            SandboxUnavailableError: The sandbox is not running; the message says why.
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
            env={**self._started.variables, **(env or {})},
            explicit=tuple(env or ()),
            user=self._checked_user(user),
            input=input.encode() if isinstance(input, str) else input,
            timeout=timeout,
            limit=SandboxEnvironmentLimits.MAX_EXEC_OUTPUT_SIZE,
        )
        async with _slot(concurrency):
            return await _exec.run(self._started.supervised, command)

    def _checked_user(self, user: str | None) -> str | None:
        if user is None or self._started.mode in ("root", "users"):
            return user
        itself = {"root", "0"} if self._started.mode == "user" else {str(os.getuid()), _own_name()}
        if user not in itself:
            raise SandboxUserUnsupportedError(
                f"this sandbox has a single user and cannot run anything as {user!r}; for more, run inspect as root, "
                "or install uidmap and have numbers set aside for your user (subuid(5))"
            )
        return None

    @override
    async def write_file(self, file: str, contents: str | bytes) -> None:
        data = contents.encode() if isinstance(contents, str) else contents
        await _write.write_file(self._started.supervised, self._inside(file), file, data)

    @overload
    async def read_file(self, file: str, text: Literal[True] = True) -> str: ...

    @overload
    async def read_file(self, file: str, text: Literal[False]) -> bytes: ...

    @override
    async def read_file(self, file: str, text: bool = True) -> str | bytes:
        data = await _read.read_file(self._started.supervised, self._inside(file), file)
        return data.decode("utf-8") if text else data

    @override
    async def connection(self, *, user: str | None = None) -> SandboxConnection:
        """A command that opens a shell in the sandbox.

        Raises:
            ConnectionError: The sandbox is not running.
            NotImplementedError: It is not isolated, so there is nothing to enter.
        """
        return _connection.connection(self._started, user)

    @override
    async def open_process(self, command: Sequence[str], env: Mapping[str, str] | None = None) -> Process:
        held = _exec.Command(
            argv=command,
            cwd=self.layout.workspace,
            env={**self._started.variables, **(env or {})},
            limit=_LOG_BYTES,
            held=True,
        )
        return await HeldProcess.open(self._started.supervised, held)

    @override
    async def place_model(self, name: str, files: Mapping[str, Path]) -> str:
        await anyio.to_thread.run_sync(_models.place, self._started.state / "models", name, files)
        return f"{self.layout.models}/{name}"

    def _inside(self, path: str) -> str:
        return os.path.join(self.layout.workspace, path)


async def _remove(state: Path) -> None:
    with anyio.CancelScope(shield=True):
        try:
            await anyio.to_thread.run_sync(_state.remove, state)
        except OSError as error:
            logger.warning("could not remove %s (%s); try: inspect sandbox cleanup workstation", state, error)


@contextlib.asynccontextmanager
async def _slot(throttled: bool) -> AsyncIterator[None]:
    """A turn among the subprocesses that Inspect allows at once."""
    if not throttled:
        yield
        return
    async with concurrency("subprocesses", inspect_private.max_subprocesses_context_var.get(), resizable=True):
        yield


def _own_name() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
