"""Everything that is wrong with an experiment before it runs, and what it would take and could show."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from inspect_ai import Task
from inspect_ai.dataset import Sample

from seer_evals.costs import costs_of
from seer_evals.experiments._experiment import Experiment, Rule
from seer_evals.experiments._results import organism_of
from seer_evals.experiments._statistics import detectable, smallest_p
from seer_evals.inspect_private import load_tasks, parse_run_config, registry_info, slice_dataset

RIGHT = ("detection", "fidelity")
"""Scorers of which one says whether a report is `right`."""


@dataclass(frozen=True)
class Planned:
    """What an arm would run.

    Attributes:
        arm: Its name.
        organisms: How many different ones, a twin or control counted with its own.
        samples: With all epochs.
        dollars: For sandboxes, at most; None if that is not known. Models by API are not counted.
        hours: At most, one sample after the other; None without a time limit.
    """

    arm: str
    organisms: int
    samples: int
    dollars: Decimal | None
    hours: float | None


@dataclass(frozen=True)
class Checked:
    """What is wrong, a line each, and the plan of those arms that can run."""

    problems: tuple[str, ...]
    plan: tuple[Planned, ...]


async def check_experiment(experiment: Experiment, source: Path) -> Checked:
    """Load every arm as Inspect would, without starting anything.

    Args:
        experiment: Of the file.
        source: The file: names of files in it are relative to where that lies.
    """
    problems: list[str] = []
    plan = []
    with inside(source.resolve().parent):
        for name, config in experiment.arms().items():
            try:
                plan.append(await _planned(name, config, experiment.verdict, problems))
            except Exception as error:
                # Tasks are other people's code; what they raise is said and the next arm is looked at.
                problems.append(f"arm {name}: {error}")
    if len({each.organisms for each in plan}) > 1:
        problems.append("the arms have different organisms; only those that all have are compared")
    return Checked(tuple(dict.fromkeys(problems)), tuple(plan))


async def _planned(name: str, config: dict[str, Any], rule: Rule, problems: list[str]) -> Planned:
    found = load_arm(config)
    task, told = found.task, found.told
    epochs = told["epochs"].epochs if "epochs" in told else task.epochs or 1
    ids = [organism_of(str(sample.id)) for sample in found.samples]
    (costs,) = await costs_of(told["tasks"], told.get("task_args", {}), None, None, epochs)
    problems += [f"arm {name}: {problem}" for problem in costs.problems]
    scorers = [_name(each) for each in task.scorer or []]
    if rule.alarms and not _has("right", scorers):
        problems.append(f"verdict: no scorer of {task.name} tells false alarms ({', '.join(RIGHT)}); say alarms: 0")
    if not _has(rule.metric, scorers):
        problems.append(
            f"verdict: no scorer of {task.name} gives {rule.metric!r}; it is `right`, or begins with one of "
            f"{', '.join(scorers)}"
        )
    samples = len(ids) * epochs
    limit = told.get("time_limit", task.time_limit)
    return Planned(name, len(set(ids)), samples, costs.at_most, samples * limit / 3600 if limit else None)


@dataclass(frozen=True)
class LoadedArm:
    """What Inspect makes of an arm's configuration.

    Attributes:
        told: Arguments of `inspect_ai.eval`.
        task: That is run.
        samples: Of it, those that are run.
    """

    told: dict[str, Any]
    task: Task
    samples: list[Sample]


def load_arm(config: dict[str, Any]) -> LoadedArm:
    """Load an arm's task as Inspect would.

    Raises:
        ValueError: There is no task, or there are several.
    """
    told = _parsed(config)
    if "tasks" not in told:
        raise ValueError("there is no task; say task: seer_evals/hidden_preference, or {task: …, args: {…}}")
    found = load_tasks([told["tasks"]], dict(told.get("task_args", {})))
    if not found:
        raise ValueError(f"there is no task in {told['tasks']!r}; give a file, file.py@name, or a registered name")
    task, *more = found
    if more:
        raise ValueError(f"{told['tasks']} has {len(more) + 1} tasks; name one: {told['tasks']}@{task.name}")
    return LoadedArm(told, task, list(slice_dataset(task.dataset, told.get("limit"), told.get("sample_id"))))


def _parsed(config: dict[str, Any]) -> dict[str, Any]:
    """As `inspect eval --run-config` reads it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.yaml"
        path.write_text(yaml.safe_dump(config), encoding="utf-8")
        return parse_run_config(str(path))


def _name(scorer: Any) -> str:
    return registry_info(scorer).name.rsplit("/", 1)[-1]


def _has(metric: str, scorers: list[str]) -> bool:
    if metric == "right":
        return any(name in scorers for name in RIGHT)
    return any(metric.startswith(name) for name in scorers) or metric in ("seconds", "tokens")


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    """Work in a folder, also for who asks the environment where that is."""
    before, said = Path.cwd(), os.environ.get("PWD")
    os.chdir(folder)
    os.environ["PWD"] = str(folder)
    try:
        yield
    finally:
        os.chdir(before)
        os.environ.pop("PWD") if said is None else os.environ.update(PWD=said)


def power(experiment: Experiment, plan: tuple[Planned, ...]) -> str:
    """What difference these samples can show, in a sentence."""
    if not plan:
        return "nothing can be run, so nothing can be shown"
    rule, least = experiment.verdict, min(plan, key=lambda each: each.organisms)
    others = len(experiment.arms()) - 1
    n, alpha = least.organisms, rule.alpha / others
    if smallest_p(n) > alpha:
        return (
            f"{n} organisms cannot show any difference: p cannot be below {smallest_p(n):.2g}, and for one of {others} "
            f"comparisons {alpha:.2g} is needed; take more organisms"
        )
    best, worst = detectable(n, max(1, least.samples // n), alpha, rule.discordant)
    return (
        f"{n} organisms with {least.samples} samples can show a difference of {best:.2f} in a share, four times out of "
        f"five, if an organism's samples are independent, and of {worst:.2f} if they all say the same; assumed is that "
        f"in {rule.discordant:.0%} of the pairs only one arm is right"
    )
