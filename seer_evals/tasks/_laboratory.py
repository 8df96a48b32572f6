"""The environment of an investigation of one model, which is in the agent's kernel or in a scoped sandbox."""

from typing import Any

from seer_evals.environment import IN_KERNEL, Environment, ModelSpec, ScopedSpec
from seer_evals.lab.interfaces import WHITEBOX

SCOPED = "scoped"
SANDBOX = "whitebox"
"""Name of the scoped sandbox, and of the module that calls it."""


def laboratory(model: ModelSpec, placement: str, **fields: Any) -> Environment:
    """An environment with one model.

    Args:
        model: Without its placement.
        placement: `kernel`, or `scoped` for a sandbox of its own that the agent reaches by white-box functions only.
        fields: Other fields of the environment.

    Raises:
        ValueError: There is no such placement.
    """
    if placement == IN_KERNEL:
        return Environment(models=(model,), **fields)
    if placement != SCOPED:
        raise ValueError(f"unknown placement {placement!r}; available: {IN_KERNEL}, {SCOPED}")
    scoped = ScopedSpec(name=SANDBOX, interface=str(WHITEBOX))
    return Environment(models=(model.model_copy(update={"placement": SANDBOX}),), scoped=(scoped,), **fields)
