"""From an `Environment` to the sandboxes of a sample, and to their end: what all our providers do alike."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import anyio
from inspect_ai.util import SandboxEnvironment, SandboxEnvironmentConfigType
from pydantic import BaseModel
from typing_extensions import override

from seer_evals.environment import Environment
from seer_evals.sandboxes._base import LabSandbox
from seer_evals.sandboxes._config import parts


@dataclass(frozen=True)
class Sample:
    """For which sample a sandbox is started."""

    task_name: str
    metadata: dict[str, str]
    started: Mapping[str, SandboxEnvironment]
    """Its sandboxes that run already."""


class Ends(LabSandbox):
    """A laboratory that is ended with its sample."""

    @abstractmethod
    async def close(self) -> None:
        """End everything that runs in it, and remove what it wrote; called once, whatever has happened."""

    @classmethod
    @override
    async def sample_cleanup(
        cls,
        task_name: str,
        config: SandboxEnvironmentConfigType | None,
        environments: dict[str, SandboxEnvironment],
        interrupted: bool,
    ) -> None:
        """End the sandboxes of a sample at once, interrupted or not."""
        with anyio.CancelScope(shield=True):
            await cls._close_all([sandbox.as_type(cls) for sandbox in environments.values()])

    @classmethod
    async def _close_all(cls, sandboxes: Sequence[Self]) -> None:
        for sandbox in sandboxes:
            await sandbox.close()


class FromEnvironment(Ends):
    """A laboratory that is started with its sample, from a part of an `Environment`."""

    @classmethod
    @abstractmethod
    def _environment_of(cls, config: SandboxEnvironmentConfigType | None) -> Environment: ...

    @classmethod
    @abstractmethod
    async def _start(cls, name: str, environment: Environment, sample: Sample) -> Self:
        """Start the sandbox `name`, leaving nothing behind where it fails."""

    async def _prepare(self, environment: Environment) -> None:
        """Do what is left to do once it runs; where that fails it is ended like the others."""

    @classmethod
    @override
    async def sample_init(
        cls, task_name: str, config: SandboxEnvironmentConfigType | None, metadata: dict[str, str]
    ) -> dict[str, SandboxEnvironment]:
        """Start the agent's sandbox and the scoped ones; if one fails to start, nothing is left behind."""
        sandboxes: dict[str, SandboxEnvironment] = {}
        sample = Sample(task_name, metadata, sandboxes)
        try:
            for name, environment in parts(cls._environment_of(config)):
                sandboxes[name] = box = await cls._start(name, environment, sample)
                await box._prepare(environment)
        except BaseException:
            await cls.sample_cleanup(task_name, config, sandboxes, True)
            raise
        return sandboxes

    @classmethod
    @override
    def config_deserialize(cls, config: dict[str, Any]) -> BaseModel:
        """Read an environment back from a log."""
        return Environment.model_validate(config)
