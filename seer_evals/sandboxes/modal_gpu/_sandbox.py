"""The Inspect sandbox provider `modal_gpu`."""

from collections.abc import Sequence
from typing import Self

import anyio
from inspect_ai.util import ComposeConfig, SandboxEnvironmentConfigType, sandboxenv
from typing_extensions import override

from seer_evals.environment import Environment
from seer_evals.plain_text import shown
from seer_evals.refusal import Refusal
from seer_evals.sandboxes import _config
from seer_evals.sandboxes._config import parts
from seer_evals.sandboxes._life import FromEnvironment, Sample

from . import _cleanup, _compose, _end, _preflight, _prepare, _sample, _weights
from ._operations import ModalOperations

_POLLING_SECONDS = 0.5


@sandboxenv(name="modal_gpu")
class ModalSandbox(FromEnvironment, ModalOperations):
    """A sandbox on Modal, with a GPU if the environment names one."""

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
    def _environment_of(cls, config: SandboxEnvironmentConfigType | None) -> Environment:
        return environment_from(config)

    @classmethod
    @override
    async def _start(cls, name: str, environment: Environment, sample: Sample) -> Self:
        holds = any(sandbox.as_type(cls)._environment.gpu for sandbox in sample.started.values())
        got = await _sample.start(environment, name, sample.task_name, sample.metadata, patient=not holds)
        return cls(environment, got, name)

    @classmethod
    @override
    async def _close_all(cls, sandboxes: Sequence[Self]) -> None:
        """All at once: every second of a GPU costs."""
        async with anyio.create_task_group() as group:
            for sandbox in sandboxes:
                group.start_soon(sandbox.close)

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


def environment_from(config: SandboxEnvironmentConfigType | None) -> Environment:
    """The environment that a sandbox's configuration stands for: one, a YAML, compose or Dockerfile, or none.

    Raises:
        ValueError: It is something else, or says what an environment cannot.
        FileNotFoundError: There is no such file.
    """
    takes = "modal_gpu takes an Environment, or a YAML, compose or Dockerfile by its path"
    return _config.environment_from(config, takes, _of_docker)


def _of_docker(config: SandboxEnvironmentConfigType) -> Environment | None:
    if isinstance(config, ComposeConfig) or (isinstance(config, str) and _compose.is_docker(config)):
        return _compose.environment_of(config)
    return None
