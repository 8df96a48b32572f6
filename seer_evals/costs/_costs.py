"""From a task to what a run of it would start."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from inspect_ai import Task
from inspect_ai.dataset import Sample
from inspect_ai.util import SandboxEnvironmentSpec

from seer_evals.costs._fetched import Fetched, fetched
from seer_evals.environment import Environment
from seer_evals.inspect_private import load_tasks, resolve_sandbox, resolve_task_sandbox, slice_dataset
from seer_evals.lab import environment_of
from seer_evals.sandboxes.modal_gpu import (
    Estimate,
    Rates,
    current_rates,
    environment_from,
    estimate,
    preparing,
    problems,
    to_prepare,
)

MODAL = "modal_gpu"
FREE = {"workstation": "it is this machine", "local": "it is this machine", "docker": "it is this machine's Docker"}
"""Providers that nobody sends a bill for, and why."""


@dataclass(frozen=True)
class Group:
    """Samples of a task that start the same sandboxes for the same time."""

    provider: str | None
    samples: int
    """How many, epochs not counted."""
    epochs: int
    estimate: Estimate | None = None
    """Of one sample, where the provider is `modal_gpu`."""

    @property
    def at_most(self) -> Decimal | None:
        """Dollars for all of them; None if that is unknown."""
        if self.estimate is None:
            return Decimal(0) if self.provider is None or self.provider in FREE else None
        return None if self.estimate.at_most is None else self.estimate.at_most * self.samples * self.epochs


@dataclass(frozen=True)
class Costs:
    """What a run of one task would start."""

    task: str
    groups: tuple[Group, ...]
    preparations: int
    """Images to be prepared before, each in a sandbox without a GPU."""
    preparing: Decimal | None
    """Dollars for that at most; None if unknown."""
    fetched: Fetched
    rates: Rates | None
    """None where nothing is paid for."""
    problems: tuple[str, ...]
    """What would keep it from starting."""

    @property
    def is_free(self) -> bool:
        """Whether nobody sends a bill for any of it."""
        return all(group.provider is None or group.provider in FREE for group in self.groups)

    @property
    def at_most(self) -> Decimal | None:
        """Dollars for the whole run; None if a part is unknown."""
        parts = [self.preparing, *(group.at_most for group in self.groups)]
        known = [part for part in parts if part is not None]
        return sum(known, Decimal(0)) if len(known) == len(parts) else None


async def costs_of(
    spec: str,
    arguments: Mapping[str, Any],
    sandbox: str | None = None,
    limit: int | None = None,
    epochs: int | None = None,
) -> list[Costs]:
    """Load tasks as `inspect eval` does, and find out what each would start.

    Args:
        spec: A file, `file.py@name`, a directory, or a registered name.
        arguments: The parameters of the task.
        sandbox: A provider to use in place of the task's.
        limit: Only so many samples, the first ones.
        epochs: In place of the task's own.

    Raises:
        PrerequisiteError: The task refuses its parameters.
        ValueError: There is no such task, or a configuration or the file of rates is wrong.
    """
    # Where Inspect looks for files, Python before 3.13 takes relative paths only.
    tasks = load_tasks([os.path.relpath(spec) if os.path.isabs(spec) else spec], dict(arguments))
    if not tasks:
        raise ValueError(f"there is no task in {spec!r}; give a file, file.py@name, or a name of `inspect list tasks`")
    return [await _costs(task, sandbox, limit, epochs or task.epochs or 1) for task in tasks]


async def _costs(task: Task, sandbox: str | None, limit: int | None, epochs: int) -> Costs:
    default = resolve_task_sandbox(task, sandbox)
    samples = slice_dataset(task.dataset, limit, None)
    specs = [await resolve_sandbox(default, sample, task.name) for sample in samples]
    providers = [spec.type if spec else None for spec in specs]
    environments = [_environment(spec, sample) for spec, sample in zip(specs, samples, strict=True)]
    paid = list(dict.fromkeys(e for e, p in zip(environments, providers, strict=True) if p == MODAL and e))
    rates = await current_rates() if paid else None
    groups = _groups(providers, _estimates(environments, providers, task.time_limit, rates), epochs)
    preparations = to_prepare(paid)
    one = preparing(rates) if rates else Decimal(0)
    return Costs(
        task=task.name,
        groups=groups,
        preparations=preparations,
        preparing=Decimal(0) if not preparations else None if one is None else one * preparations,
        fetched=fetched(list(dict.fromkeys(each for each in environments if each))),
        rates=rates,
        problems=tuple(await problems(*paid)) if paid else (),
    )


def _environment(spec: SandboxEnvironmentSpec | None, sample: Sample) -> Environment | None:
    """What a sandbox is to be; None if only its provider knows."""
    if spec is None:
        return None
    if spec.type == MODAL:
        return environment_from(spec.config)
    return spec.config if isinstance(spec.config, Environment) else environment_of(sample)


def _estimates(
    environments: Sequence[Environment | None],
    providers: Sequence[str | None],
    time_limit: float | None,
    rates: Rates | None,
) -> list[Estimate | None]:
    return [
        estimate(environment, time_limit, rates) if environment and rates and provider == MODAL else None
        for environment, provider in zip(environments, providers, strict=True)
    ]


def _groups(providers: Sequence[str | None], estimates: Sequence[Estimate | None], epochs: int) -> tuple[Group, ...]:
    counted = Counter(zip(providers, estimates, strict=True))
    return tuple(Group(provider, samples, epochs, each) for (provider, each), samples in counted.items())
