"""A sample whose sandbox is a laboratory."""

from typing import Any

from inspect_ai.dataset import Sample

from seer_evals.environment import Environment, ModelSpec
from seer_evals.organisms import PublicSource, address, get_organism
from seer_evals.refusal import Refusal
from seer_evals.sandboxes import spec_for

ENVIRONMENT_KEY = "environment"


def lab_sample(
    question: str,
    environment: Environment,
    *,
    id: str,
    sandbox: str = "workstation",
    target: str | list[str] = "",
    metadata: dict[str, Any] | None = None,
) -> Sample:
    """A sample that opens a laboratory.

    Args:
        question: What the agent is asked.
        environment: What the laboratory needs.
        id: Name of the sample in the log; the agent never sees it.
        sandbox: The sandbox provider, by name or by the path of its file.
        target: The truth in words, for readers of the log.
        metadata: For scorers and readers of the log; the agent never sees it.

    Raises:
        Refusal: The provider cannot give what the environment asks for.
    """
    environment = _found_again(environment)
    try:
        spec = spec_for(sandbox, for_provider(environment))
    except ValueError as error:
        raise Refusal(error) from error
    return Sample(
        id=id,
        input=question,
        target=target,
        sandbox=spec,
        metadata={**(metadata or {}), ENVIRONMENT_KEY: environment.model_dump(mode="json", exclude_defaults=True)},
    )


def _found_again(environment: Environment) -> Environment:
    """The environment as any process can read it: an organism of a user's own family is named with its file."""

    def named(model: ModelSpec) -> ModelSpec:
        organism = get_organism(model.organism) if model.organism else None
        if organism is None or (found := address(organism)) == organism.id:
            return model
        return model.model_copy(update={"organism": found})

    return environment.model_copy(update={"models": tuple(map(named, environment.models))})


def environment_of(sample: Sample) -> Environment | None:
    """The environment of a sample as a provider takes it; None if the sample opens no laboratory."""
    written = (sample.metadata or {}).get(ENVIRONMENT_KEY)
    return for_provider(Environment.model_validate(written)) if written is not None else None


def for_provider(environment: Environment) -> Environment:
    """The environment as a provider takes it, which knows repositories of the hub but no public organisms."""
    return environment.model_copy(update={"models": tuple(_by_repository(model) for model in environment.models)})


def _by_repository(model: ModelSpec) -> ModelSpec:
    source = get_organism(model.organism).source if model.organism else None
    if not isinstance(source, PublicSource):
        return model
    repositories = {
        "organism": None,
        "hub": source.base,
        "revision": source.base_revision,
        "adapter": source.adapter,
        "adapter_revision": source.revision,
    }
    return model.model_copy(update=repositories)
