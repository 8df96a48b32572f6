"""A provider in one small file: what can be done with commands and files alone is done here, for any that has them."""

import os
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Self

from inspect_ai.util import SandboxEnvironmentConfigType
from typing_extensions import override

from seer_evals.environment import Environment
from seer_evals.refusal import Refusal
from seer_evals.sandboxes._base import Process
from seer_evals.sandboxes._config import environment_from
from seer_evals.sandboxes._exec_process import ExecProcess
from seer_evals.sandboxes._install import unpack, unpack_files
from seer_evals.sandboxes._layout import RUNTIME, write_model
from seer_evals.sandboxes._life import FromEnvironment, Sample

EVERYWHERE = ("models", "files", "env", "scoped")
"""Fields of an environment that need no more of a provider than commands and files."""
_BESIDE = ("gpu_count", "allow")
"""Fields that say nothing without another one."""


class ExecSandbox(FromEnvironment):
    """A laboratory in whatever runs commands and takes files; a subclass says how it is started and ended.

    It brings what Inspect's contract asks for (`exec`, `read_file`, `write_file`), `layout`, `isolation`, `start` and
    `close`. Everything else is derived, and can be replaced where a provider knows a faster way.
    """

    gives: ClassVar[frozenset[str]] = frozenset()
    """Further fields of `Environment` that the provider honours; what it does not is refused before anything starts."""

    @classmethod
    @abstractmethod
    async def start(cls, name: str, environment: Environment) -> Self:
        """Start a sandbox of a sample, leaving nothing behind where it fails.

        Args:
            name: `default` for the agent's own, otherwise that of a scoped one.
            environment: What that one needs; every command has the variables of `variables(environment)`.
        """

    @staticmethod
    def variables(environment: Environment) -> dict[str, str]:
        """The variables of every command besides those that the provider itself needs (`PATH`, `HOME`)."""
        offline = {} if environment.network == "open" else {"HF_HUB_OFFLINE": "1"}
        secrets = {name: os.environ[name] for name in environment.secrets if name in os.environ}
        return {"LANG": "C.UTF-8", **offline, **dict(environment.env), **secrets}

    # --- life -------------------------------------------------------------------------------------------------------

    @classmethod
    @override
    async def task_init(cls, task_name: str, config: SandboxEnvironmentConfigType | None) -> None:
        """Check the environment.

        Raises:
            Refusal: The provider cannot give it; the message lists everything.
        """
        if problems := list(cls.problems(cls._environment_of(config))):
            raise Refusal(
                "\n".join([f"{cls.__name__} cannot be this environment:", *(f"- {each}" for each in problems)])
            )

    @classmethod
    def problems(cls, environment: Environment) -> Iterator[str]:
        """What an environment asks for that the provider does not give, each in a line."""
        for field in sorted(environment.model_fields_set - {*EVERYWHERE, *_BESIDE, *cls.gives}):
            if (wanted := getattr(environment, field)) != Environment.model_fields[field].get_default():
                yield f"{field}: {wanted} is not given by this provider; leave it out"

    @classmethod
    @override
    async def _start(cls, name: str, environment: Environment, sample: Sample) -> Self:
        return await cls.start(name, environment)

    @override
    async def _prepare(self, environment: Environment) -> None:
        folders = [self.layout.run, self.layout.models, self.layout.workspace]
        made = await self.exec(["mkdir", "-p", *folders], cwd="/")
        if not made.success:
            raise Refusal(f"{type(self).__name__} has no place for a laboratory: {made.stderr.strip()}")
        await unpack(self, self.layout, self.layout.runtime, {"seer_runtime": RUNTIME})
        await unpack_files(self, self.layout, environment)

    @classmethod
    @override
    def _environment_of(cls, config: SandboxEnvironmentConfigType | None) -> Environment:
        return environment_from(config, f"{cls.__name__} takes an Environment or the path of a YAML file")

    # --- use --------------------------------------------------------------------------------------------------------

    @override
    async def place_model(self, name: str, files: Mapping[str, Path]) -> str:
        return await write_model(self, f"{self.layout.models}/{name}", files)

    @override
    async def open_process(self, command: Sequence[str], env: Mapping[str, str] | None = None) -> Process:
        return await ExecProcess.open(self, self.layout, command, env)
