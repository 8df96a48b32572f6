"""A sample whose sandbox is a laboratory."""

from typing import Any

from inspect_ai.dataset import Sample
from inspect_ai.util import SandboxEnvironmentSpec

from seer_evals.environment import Environment

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
        sandbox: Name of the sandbox provider.
        target: The truth in words, for readers of the log.
        metadata: For scorers and readers of the log; the agent never sees it.
    """
    return Sample(
        id=id,
        input=question,
        target=target,
        sandbox=SandboxEnvironmentSpec(sandbox, environment),
        metadata={**(metadata or {}), ENVIRONMENT_KEY: environment.model_dump(mode="json", exclude_defaults=True)},
    )
