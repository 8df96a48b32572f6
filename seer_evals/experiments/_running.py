"""Runs the arms of an experiment one after the other, each as an eval set of Inspect's, which runs nothing twice."""

import fcntl
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from seer_evals.children import dies_with_this
from seer_evals.experiments._experiment import Experiment, ExperimentError
from seer_evals.frozen import Frozen

KEPT = "experiment.yaml"
"""The experiment as it was when it was begun, in its folder."""
CONFIG, LOGS = "run.yaml", "logs"
"""In an arm's folder: what Inspect is told, and where it logs to."""
ARM = "seer_evals.experiments.arm"
_POLL_SECONDS = 5.0
_PATIENCE_SECONDS = 120.0


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        failed: Arms that Inspect did not bring to an end.
        stopped: Arms that were not run, or not to their end, since the budget was spent.
        spent: Dollars that models cost, as far as they have a price.
    """

    failed: tuple[str, ...]
    stopped: tuple[str, ...]
    spent: float


@dataclass(frozen=True)
class Budget:
    """Dollars, and the folder whose logs they are counted in.

    Attributes:
        dollars: For models; None for no limit.
        folder: With the logs of all that is paid from it.
    """

    dollars: float | None
    folder: Path

    @property
    def is_spent(self) -> bool:
        """Whether nothing further is to be begun."""
        return self.dollars is not None and spent(self.folder) >= self.dollars


def folder_of(experiment: Experiment, into: Path) -> Path:
    """Where its logs are."""
    return into / experiment.name


def logs_of(experiment: Experiment, into: Path, arm: str) -> Path:
    """Where the logs of an arm are."""
    return folder_of(experiment, into) / arm / LOGS


def run_experiment(
    experiment: Experiment, source: Path, into: Path, say: Callable[[str], None], paid_from: Budget | None = None
) -> Outcome:
    """Run what has not been run; a sample that an earlier run finished is not run again.

    Args:
        experiment: What is run.
        source: Its file: names of files in it are relative to where that lies.
        into: The folder in which its own is made.
        say: Told what begins and ends.
        paid_from: Where it is a part of something larger, the budget of that.

    Raises:
        ExperimentError: Another experiment of this name was begun there, or this one is being run.
    """
    folder = folder_of(experiment, into)
    folder.mkdir(parents=True, exist_ok=True)
    with alone(folder):
        keep(experiment, folder)
        return run_arms(experiment.arms(), source, folder, paid_from or Budget(experiment.budget_usd, folder), say)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Two runs of one experiment would run everything twice. The lock goes with the process, whatever ends it."""
    with (folder / ".lock").open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ExperimentError(f"{folder} is being run already; wait for that, or end it first") from None
        yield


def run_arms(
    arms: Mapping[str, dict[str, Any]], source: Path, folder: Path, budget: Budget, say: Callable[[str], None]
) -> Outcome:
    """Run arms one after the other, each in a child process; what has ended is not run again.

    Args:
        arms: By name, what Inspect is to run.
        source: The experiment's file: names of files are relative to where that lies.
        folder: In which each arm has one of its name.
        budget: At which they are stopped.
        say: Told what begins.
    """
    failed, stopped = [], []
    for number, (name, config) in enumerate(arms.items(), 1):
        if budget.is_spent:
            stopped.append(name)
            continue
        say(f"arm {number} of {len(arms)}: {name}")
        ended = _run_arm(config, source, folder / name, budget)
        if ended is None:
            stopped.append(name)
        elif ended:
            failed.append(name)
    return Outcome(tuple(failed), tuple(stopped), spent(budget.folder))


def keep(experiment: Frozen, folder: Path) -> None:
    """What was stated before anything ran stays stated: a changed experiment needs another name.

    Raises:
        ExperimentError: What was begun in the folder says something else.
    """
    written, path = yaml.safe_dump(experiment.model_dump(mode="json"), sort_keys=False), folder / KEPT
    if path.is_file() and path.read_text(encoding="utf-8") != written:
        raise ExperimentError(
            f"{folder} has an experiment of this name that says something else; give this one another name, or remove "
            "the folder if that one was a mistake"
        )
    path.write_text(written, encoding="utf-8")


def _run_arm(config: dict[str, Any], source: Path, folder: Path, budget: Budget) -> int | None:
    """Inspect's exit status; None if it was stopped at the budget."""
    logs = (folder / LOGS).resolve()
    logs.mkdir(parents=True, exist_ok=True)
    told = logs.parent / CONFIG
    told.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    where = source.resolve().parent
    environment = {**os.environ, "PWD": str(where)}
    with subprocess.Popen(dies_with_this(ARM, str(told), str(logs)), cwd=where, env=environment) as child:
        try:
            while not _ended(child):
                if budget.is_spent:
                    _stop(child)
                    return None
        except BaseException:
            child.send_signal(signal.SIGINT)
            child.wait(_PATIENCE_SECONDS)
            raise
    return child.returncode


def _ended(child: "subprocess.Popen[bytes]") -> bool:
    try:
        child.wait(_POLL_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return True


def _stop(child: "subprocess.Popen[bytes]") -> None:
    """Interrupted as by Ctrl-C, so that what ran is logged and sandboxes are closed."""
    child.send_signal(signal.SIGINT)
    try:
        child.wait(_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()


def spent(folder: Path) -> float:
    """Dollars that models cost in all samples that ended, as far as they have a price."""
    from inspect_ai.log import list_eval_logs, read_eval_log_sample_summaries

    total = 0.0
    for info in list_eval_logs(str(folder)):
        try:
            summaries = read_eval_log_sample_summaries(info)
        except (OSError, ValueError, KeyError):
            continue  # just being written
        used = [usage.total_cost for each in summaries for usage in each.model_usage.values()]
        total += sum(cost for cost in used if cost)
    return total
