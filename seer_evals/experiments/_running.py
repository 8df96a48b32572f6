"""Runs the arms of an experiment one after the other, each as an eval set of Inspect's, which runs nothing twice."""

import fcntl
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from seer_evals.children import dies_with_this
from seer_evals.experiments._experiment import Experiment, ExperimentError

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


def folder_of(experiment: Experiment, into: Path) -> Path:
    """Where its logs are."""
    return into / experiment.name


def logs_of(experiment: Experiment, into: Path, arm: str) -> Path:
    """Where the logs of an arm are."""
    return folder_of(experiment, into) / arm / LOGS


def run_experiment(experiment: Experiment, source: Path, into: Path, say: Callable[[str], None]) -> Outcome:
    """Run what has not been run; a sample that an earlier run finished is not run again.

    Args:
        experiment: What is run.
        source: Its file: names of files in it are relative to where that lies.
        into: The folder in which its own is made.
        say: Told what begins and ends.

    Raises:
        ExperimentError: Another experiment of this name was begun there, or this one is being run.
    """
    folder = folder_of(experiment, into)
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        _keep(experiment, folder)
        return _run_arms(experiment, source, into, say)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two runs of one experiment would run everything twice. The lock goes with the process, whatever ends it."""
    with (folder / ".lock").open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ExperimentError(f"{folder} is being run already; wait for that, or end it first") from None
        yield


def _run_arms(experiment: Experiment, source: Path, into: Path, say: Callable[[str], None]) -> Outcome:
    failed, stopped = [], []
    arms = experiment.arms()
    for number, (name, config) in enumerate(arms.items(), 1):
        if _over(experiment, into):
            stopped.append(name)
            continue
        say(f"arm {number} of {len(arms)}: {name}")
        ended = _run_arm(experiment, source, into, name, config)
        if ended is None:
            stopped.append(name)
        elif ended:
            failed.append(name)
    return Outcome(tuple(failed), tuple(stopped), spent(folder_of(experiment, into)))


def _keep(experiment: Experiment, folder: Path) -> None:
    """What was stated before anything ran stays stated: a changed experiment needs another name."""
    written, path = yaml.safe_dump(experiment.model_dump(mode="json"), sort_keys=False), folder / KEPT
    if path.is_file() and path.read_text(encoding="utf-8") != written:
        raise ExperimentError(
            f"{folder} has an experiment of this name that says something else; give this one another name, or remove "
            "the folder if that one was a mistake"
        )
    path.write_text(written, encoding="utf-8")


def _run_arm(experiment: Experiment, source: Path, into: Path, name: str, config: dict[str, object]) -> int | None:
    """Inspect's exit status; None if it was stopped at the budget."""
    logs = logs_of(experiment, into, name).resolve()
    logs.mkdir(parents=True, exist_ok=True)
    told = logs.parent / CONFIG
    told.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    where = source.resolve().parent
    environment = {**os.environ, "PWD": str(where)}
    with subprocess.Popen(dies_with_this(ARM, str(told), str(logs)), cwd=where, env=environment) as child:
        try:
            while not _ended(child):
                if _over(experiment, into):
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


def _over(experiment: Experiment, into: Path) -> bool:
    return experiment.budget_usd is not None and spent(folder_of(experiment, into)) >= experiment.budget_usd


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
