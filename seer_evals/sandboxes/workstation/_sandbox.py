"""The Inspect sandbox provider `workstation`."""

import contextlib
import logging
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Self

import anyio
from inspect_ai.util import (
    ExecResult,
    SandboxConnection,
    SandboxEnvironmentConfigType,
    SandboxUserUnsupportedError,
    concurrency,
    sandboxenv,
)
from typing_extensions import override

from seer_evals import inspect_private
from seer_evals.environment import Environment
from seer_evals.plain_text import shown
from seer_evals.sandboxes._base import Process
from seer_evals.sandboxes._config import environment_from, parts
from seer_evals.sandboxes._life import FromEnvironment, Sample
from seer_evals.sandboxes._operations import LOG_BYTES, Command, Operations

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


@sandboxenv(name="workstation")
class WorkstationSandbox(FromEnvironment, Operations):
    """A sandbox on this machine: its own mounts, processes and network where bubblewrap works, a warning where not."""

    def __init__(self, environment: Environment, started: _launch.Started, name: str = "default") -> None:
        super().__init__(name, started.layout, _probe.isolation(environment.network))
        self._environment = environment
        self._started = started
        self._met = Met()

    # --- life -------------------------------------------------------------------------------------------------------

    @classmethod
    @override
    async def task_init(cls, task_name: str, config: SandboxEnvironmentConfigType | None) -> None:
        """Check the environment and prepare what all samples share.

        Raises:
            Refusal: The environment cannot be had here; the message lists every reason.
        """
        environment = cls._environment_of(config)
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
    def _environment_of(cls, config: SandboxEnvironmentConfigType | None) -> Environment:
        return environment_from(config, "the workstation takes an Environment or the path of a YAML file")

    @classmethod
    @override
    async def _start(cls, name: str, environment: Environment, sample: Sample) -> Self:
        place = await _template.copy_for_sample(environment, await _template.template(environment))
        try:
            started = await _launch.start(environment, place)
        except BaseException:
            await _remove(place.state)
            raise
        return cls(environment, started, name)

    @override
    async def close(self) -> None:
        await self._started.supervised.close("its sample has ended")
        await _remove(self._started.state)

    @classmethod
    @override
    async def task_cleanup(cls, task_name: str, config: SandboxEnvironmentConfigType | None, cleanup: bool) -> None:
        """Remove what the samples shared."""
        if cleanup:
            with anyio.CancelScope(shield=True):
                for _, environment in parts(cls._environment_of(config)):
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

    # --- use --------------------------------------------------------------------------------------------------------

    @override
    def ceilings_met(self) -> str:
        before, self._met = self._met, self._started.supervised.met()
        return self._started.supervised.met_since(before)

    @override
    async def _run(self, command: Command, concurrency: bool) -> ExecResult[str]:
        here = {"env": {**self._started.variables, **command.env}, "user": self._checked_user(command.user)}
        complete = _exec.Command(**{**vars(command), **here}, explicit=tuple(command.env))
        async with _slot(concurrency):
            return await _exec.run(self._started.supervised, complete)

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
    async def _write(self, path: str, asked: str, data: bytes) -> None:
        await _write.write_file(self._started.supervised, path, asked, data)

    @override
    async def _read(self, path: str, asked: str) -> bytes:
        return await _read.read_file(self._started.supervised, path, asked)

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
            limit=LOG_BYTES,
            held=True,
        )
        return await HeldProcess.open(self._started.supervised, held)

    @override
    async def place_model(self, name: str, files: Mapping[str, Path]) -> str:
        await anyio.to_thread.run_sync(_models.place, self._started.state / "models", name, files)
        return f"{self.layout.models}/{name}"


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
