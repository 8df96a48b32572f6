"""What a skill needs to work on, from its metadata, and whether an environment has it."""

import re
from collections.abc import Callable

from packaging.requirements import InvalidRequirement, Requirement

from seer_evals.environment import IN_KERNEL, Environment, ModelSpec
from seer_evals.lab.skills._skill import ReadSkill
from seer_evals.near import did_you_mean
from seer_evals.organisms import PublicSource, get_organism


def has_adapter(spec: ModelSpec) -> bool:
    """The model is a base model with an adapter; nothing is fetched to find out."""
    if spec.organism:
        source = get_organism(spec.organism).source
        return not isinstance(source, PublicSource) or source.adapter is not None
    return spec.adapter is not None


def _weights(environment: Environment) -> bool:
    return any(model.placement == IN_KERNEL for model in environment.models)


def _adapter(environment: Environment) -> bool:
    return any(has_adapter(model) for model in environment.models if model.placement == IN_KERNEL)


def _base_model(environment: Environment) -> bool:
    return _adapter(environment) or sum(model.placement == IN_KERNEL for model in environment.models) > 1


def _anything(environment: Environment) -> bool:
    return True


NEEDS: dict[str, tuple[Callable[[Environment], bool], str]] = {
    "weights": (_weights, "a model that is loaded where its functions run, but this laboratory has none there"),
    "adapter": (_adapter, "a base model with an adapter, but no model of this laboratory has an adapter"),
    "base-model": (
        _base_model,
        "a base model to compare with: an adapter that can be switched off, or a second model; there is neither",
    ),
    "api": (_anything, ""),
}
"""Each need: how to tell whether an environment has it, and what to say if not."""


def parse_needs(text: str) -> tuple[str, ...]:
    """Read `metadata: {needs: "weights, adapter"}`.

    Raises:
        ValueError: An unknown need; the message lists those that exist.
    """
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    for need in found:
        if need not in NEEDS:
            hint = did_you_mean(need, NEEDS)
            raise ValueError(f"metadata: unknown need {need!r}{hint} (available: {', '.join(NEEDS)})")
    return found


def parse_packages(text: str) -> tuple[str, ...]:
    """Read `metadata: {packages: "sae-lens>=6,<7, einops"}`.

    Raises:
        ValueError: An entry is not a requirement that pip understands.
    """
    # A comma also stands between the bounds of one package.
    found = tuple(part.strip() for part in re.split(r",(?!\s*[<>=!~])", text) if part.strip())
    for package in found:
        try:
            Requirement(package)
        except InvalidRequirement as error:
            raise ValueError(f"metadata: packages: {package!r} is not a requirement ({error})") from error
    return found


def unmet_need(technique: ReadSkill, environment: Environment) -> str:
    """What the skill needs and the environment has not, as a sentence; empty if nothing."""
    for need in technique.needs:
        holds, reason = NEEDS[need]
        if not holds(environment):
            return f"the skill {technique.name!r} needs {reason}"
    return ""
