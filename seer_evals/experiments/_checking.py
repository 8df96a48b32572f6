"""Everything that is wrong with an experiment before it runs, and what it would take and could show."""

import os
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml
from inspect_ai import Task
from inspect_ai.dataset import Sample
from inspect_ai.model import get_model
from inspect_ai.solver import SolverSpec
from rich.text import Text

from seer_evals.analysis.compare import RIGHT
from seer_evals.analysis.frames import VERDICTS
from seer_evals.costs import costs_of
from seer_evals.experiments._experiment import Experiment, Rule
from seer_evals.experiments._results import SECONDS, TOKENS, organism_of
from seer_evals.experiments._statistics import detectable, smallest_p
from seer_evals.inspect_private import (
    PrerequisiteError,
    init_model_roles,
    load_tasks,
    parse_run_config,
    registry_info,
    slice_dataset,
    solver_from_spec,
)
from seer_evals.near import did_you_mean

MODELS = ("model", "model_roles")
"""Fields that name models."""
STAND_IN = "none"
OF_ALL = (SECONDS, TOKENS)
"""Values that every sample has."""


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
    found: dict[str, list[str]] = defaultdict(list)
    plan, arms = [], experiment.arms()
    with inside(source.resolve().parent):
        for name, config in arms.items():
            problems: list[str] = []
            try:
                plan.append(await _planned(name, config, experiment.verdict, problems))
            except Exception as error:
                # Tasks are other people's code; what they raise is said and the next arm is looked at.
                problems.append(plain_error(error))
            for problem in problems:
                found[problem].append(name)
    told = [f"{_arms(names, len(arms))}: {problem}" for problem, names in found.items()]
    if len({each.organisms for each in plan}) > 1:
        told.append("the arms have different organisms; only those that all have are compared")
    return Checked(tuple(told), tuple(plan))


def _arms(names: list[str], count: int) -> str:
    if len(names) == count:
        return "every arm"
    return f"arm{'s' if len(names) > 1 else ''} {', '.join(dict.fromkeys(names))}"


def _roles(config: dict[str, Any], problems: list[str]) -> dict[str, Any]:
    """The models by role, as tasks ask for them; one that cannot be had is a problem, and no reason to plan nothing."""
    found = {}
    for role, each in {"": config.get("model") or STAND_IN, **(config.get("model_roles") or {})}.items():
        told = each if isinstance(each, dict) else {"model": each}
        try:
            ((_, found[role]),) = _parsed({"model_roles": {role or "model": told}})["model_roles"].items()
        except Exception as error:
            # The clients of models raise what they like.
            problems.append(f"model {told.get('model')}: {plain_error(error)}")
            found[role] = get_model(STAND_IN)
    return {role: model for role, model in found.items() if role}


def plain_error(error: Exception) -> str:
    """Without the markup and the line breaks of what Inspect prints itself."""
    said = Text.from_markup(str(error)).plain if isinstance(error, PrerequisiteError) else str(error)
    return " ".join(said.removeprefix("ERROR: ").split()) if "ERROR: " in said else said


async def _planned(name: str, config: dict[str, Any], rule: Rule, problems: list[str]) -> Planned:
    loaded = load_arm(config, problems)
    told, task = loaded.told, loaded.task
    epochs = told["epochs"].epochs if "epochs" in told else task.epochs or 1
    (costs,) = await costs_of(told["tasks"], told.get("task_args", {}), None, None, epochs)
    problems += [*costs.problems, *_no_metric(task, rule)]
    ids = [organism_of(str(sample.id)) for sample in loaded.samples]
    samples = len(ids) * epochs
    limit = told.get("time_limit", task.time_limit)
    return Planned(name, len(set(ids)), samples, costs.at_most, samples * limit / 3600 if limit else None)


@dataclass(frozen=True)
class LoadedArm:
    """What Inspect makes of an arm's configuration.

    Attributes:
        told: Arguments of `inspect_ai.eval`, without the models.
        task: That is run.
        samples: Of it, those that are run.
    """

    told: dict[str, Any]
    task: Task
    samples: list[Sample]


def load_arm(config: dict[str, Any], problems: list[str]) -> LoadedArm:
    """Load an arm's task, and make its solver, as Inspect would.

    Args:
        config: What Inspect is to run.
        problems: Gets those that are no reason to load nothing.

    Raises:
        ValueError: There is no task, or there are several.
    """
    init_model_roles(_roles(config, problems))
    told = _parsed({field: value for field, value in config.items() if field not in MODELS})
    task = _task(told)
    if isinstance(solver := told.get("solver"), SolverSpec):
        solver_from_spec(solver)
    return LoadedArm(told, task, list(slice_dataset(task.dataset, told.get("limit"), told.get("sample_id"))))


def _task(told: dict[str, Any]) -> Task:
    if "tasks" not in told:
        raise ValueError("there is no task; say task: seer_evals/hidden_preference, or {task: …, args: {…}}")
    found = load_tasks([told["tasks"]], dict(told.get("task_args", {})))
    if not found:
        raise ValueError(f"there is no task in {told['tasks']!r}; give a file, file.py@name, or a registered name")
    task, *more = found
    if more:
        raise ValueError(f"{told['tasks']} has {len(more) + 1} tasks; name one: {told['tasks']}@{task.name}")
    return task


def _no_metric(task: Task, rule: Rule) -> Iterator[str]:
    given, metric = [name for scorer in task.scorer or [] for name in _given(scorer)], rule.metric
    if rule.alarms and not _has(RIGHT, given):
        yield f"no scorer of {task.name} tells false alarms; say verdict.alarms: 0"
    if not _has(metric, given):
        hint = did_you_mean(metric, given) or f"; there are `right`, {', '.join([*OF_ALL, *given])}"
        yield f"no scorer of {task.name} gives {metric!r}{hint}"


def _parsed(config: dict[str, Any]) -> dict[str, Any]:
    """As `inspect eval --run-config` reads it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.yaml"
        path.write_text(yaml.safe_dump(config), encoding="utf-8")
        return parse_run_config(str(path))


def _given(scorer: Any) -> list[str]:
    """Names of the values that a scorer says it gives; a star stands for any."""
    info = registry_info(scorer)
    declared = info.metadata.get("metrics")
    return list(declared) if isinstance(declared, dict) else [info.name.rsplit("/", 1)[-1]]


def _has(metric: str, given: list[str]) -> bool:
    """Whether samples would have the metric; `right` is the verdict of those scorers that judge one."""
    if metric == RIGHT:
        return any(each in given for each in VERDICTS.values())
    return metric in OF_ALL or any(fnmatchcase(metric, each) for each in given)


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
