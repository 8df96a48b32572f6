"""From a sandbox's configuration to the environments of a sample, for every provider of ours."""

from collections.abc import Callable, Iterator
from pathlib import Path

from inspect_ai.util import SandboxEnvironmentConfigType

from seer_evals.environment import Environment

Read = Callable[[SandboxEnvironmentConfigType], Environment | None]
"""Reads what only one provider takes; None for what it does not know."""


def _nothing_else(config: SandboxEnvironmentConfigType) -> Environment | None:
    return None


def environment_from(
    config: SandboxEnvironmentConfigType | None, takes: str, further: Read = _nothing_else
) -> Environment:
    """The environment that a configuration stands for: one, a YAML file by its path, what `further` reads, or none.

    Args:
        config: As Inspect hands it over.
        takes: Who takes it, and what: `modal_gpu takes an Environment, or a YAML, compose or Dockerfile by its path`.
        further: Reads what only this provider takes.

    Raises:
        ValueError: It is something else, or says what an environment cannot.
        FileNotFoundError: There is no such file.
    """
    if config is None:
        return Environment()
    if isinstance(config, Environment):
        return config
    if (found := further(config)) is not None:
        return found
    if isinstance(config, str):
        return Environment.from_yaml(Path(config))
    raise ValueError(f"{takes}, not {type(config).__name__}")


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
