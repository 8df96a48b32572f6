"""A harness, and what came of it on every sample, out of the logs of several evaluations."""

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from inspect_ai.log import EvalLog

from seer_evals.analysis.frames import NOT_RUN, VERDICTS, Thing, figures_of, records, sample_key, samples, scores
from seer_evals.analysis.logs import WANTED, NoLog, logs_at, read_log
from seer_evals.intervals import Estimate, difference, proportion

SampleKey = tuple[str, str, int]
"""Task, sample id and epoch."""
RIGHT = "right"
"""Value of an investigation: whether its report's verdict is right."""
UNREAD = {"events", "attachments", "messages", "store", "timelines"}
"""What large logs are read without. Timelines point at events, and cannot be read without them."""
NOTHING = ("error", NOT_RUN)
"""Outcomes of samples that say nothing of a harness."""
CONTROL_SEED = "seed_control"
"""Value of an audit by a seed in which nothing wrong is to be expected."""


@dataclass(frozen=True)
class Harness:
    """One way of investigating, and what came of it on every sample."""

    name: str
    samples: Mapping[SampleKey, Mapping[str, float]]
    """The scores of each sample by key; a value that there is none of is missing."""

    def values(self, key: str) -> list[float]:
        """A score of all samples that have it."""
        return [sample[key] for sample in self.samples.values() if key in sample]

    @property
    def investigations(self) -> Mapping[SampleKey, Mapping[str, float]]:
        """Samples that were to end with a report."""
        return {key: scores for key, scores in self.samples.items() if RIGHT in scores}

    @property
    def audits(self) -> Mapping[SampleKey, Mapping[str, float]]:
        """Samples that were audits."""
        return {key: scores for key, scores in self.samples.items() if "audit_null" in scores}

    @property
    def true_positives(self) -> Estimate:
        """Share of organisms in which something was found."""
        return proportion(self.values("detection_true_positive"))

    @property
    def false_positives(self) -> Estimate:
        """Share of clean twins in which something was found."""
        return proportion(self.values("detection_false_positive"))

    @property
    def youden_j(self) -> Estimate:
        """The difference of the two; 0 for whoever always finds something."""
        return difference(self.true_positives, self.false_positives)

    @property
    def without_report(self) -> int:
        """Samples that ended without a report."""
        return int(sum(self.values("detection_no_report")))


def read_logs(*paths: str | Path) -> list[EvalLog]:
    """Every log that has samples, of .eval files and of directories that hold some; what is no log is passed over.

    Raises:
        FileNotFoundError: There is none.
    """
    found = [log for log in map(_read, _locations(paths)) if log and log.samples]
    if not found:
        raise FileNotFoundError(f"no log with samples at {', '.join(map(str, paths))}: {WANTED}")
    return found


def left_out(*paths: str | Path) -> list[str]:
    """What does not count and why: paths and logs that hold nothing, and samples that failed or did not run."""
    lines = [f"left out: {path}, where there is no log" for path in paths if not logs_at(path)]
    for each in _locations(paths):
        log, name = _read(each), each.rsplit("/", 1)[-1]
        if log is None:
            lines.append(f"left out: {name}, which is no log of an evaluation")
        elif not log.samples:
            lines.append(f"left out: {name}, which has no samples ({log.status})")
        else:
            lines += _failed(log, name)
    return lines


def _failed(log: EvalLog, name: str) -> list[str]:
    outcomes = [row["outcome"] for row in records(samples(log))]
    whys = {"error": "which ended with an error", NOT_RUN: f"which did not run ({log.status})"}
    counted = [(outcomes.count(outcome), why) for outcome, why in whys.items()]
    return [f"left out: {count} of {len(outcomes)} samples of {name}, {why}" for count, why in counted if count]


def _locations(paths: Iterable[str | Path]) -> list[str]:
    return list(dict.fromkeys(each for path in paths for each in logs_at(path)))


def _read(location: str) -> EvalLog | None:
    try:
        return read_log(location, exclude_fields=UNREAD)
    except NoLog:
        return None


def harnesses(logs: Iterable[EvalLog]) -> list[Harness]:
    """Logs of the same solver, models and parameters make one harness; those with the larger Youden's J come first.

    A sample that was run again counts once, as it was last; one that ended with an error or did not run, not at all.
    """
    listed = sorted(logs, key=lambda log: log.eval.created)
    every, figures = records(samples(listed)), figures_of(scores(listed))
    ran, shared = [row for row in every if row["outcome"] not in NOTHING], _shared([*map(_parameters, every)])
    found: dict[str, dict[SampleKey, Mapping[str, float]]] = defaultdict(dict)
    for row in ran:
        found[_name(row, shared)][_task(row), row["id"], row["epoch"]] = _values(row, figures.get(sample_key(row), {}))
    harnesses = [Harness(name, each) for name, each in found.items()]
    return sorted(harnesses, key=lambda harness: -_sortable(harness.youden_j.value))


def _task(row: Thing) -> str:
    """The task without the package: `seer_evals/petri_audit` and `tasks/petri_audit.py` are the same one."""
    return str(row["task"]).rsplit("/", 1)[-1]


def _sortable(value: float) -> float:
    return -math.inf if math.isnan(value) else value


def _parameters(row: Thing) -> dict[str, str]:
    """What can differ between two logs and says how the investigation was done."""
    return dict(json.loads(row["parameters"]))


def _shared(parameters: Sequence[Mapping[str, str]]) -> set[tuple[str, str]]:
    """What is the same everywhere and needs no mention."""
    return set.intersection(*({*each.items()} for each in parameters)) if parameters else set()


def _name(row: Thing, shared: set[tuple[str, str]]) -> str:
    solver = (row["solver"] or "the task's own solver").rsplit("/", 1)[-1].removesuffix(".py").rsplit("@", 1)[-1]
    own = [f"{name}={value}" for name, value in _parameters(row).items() if (name, value) not in shared]
    return " ".join([solver, *own])


def _values(row: Thing, figures: Mapping[str, float]) -> dict[str, float]:
    """The figures of a sample, and what follows from them."""
    found = {"seconds": row["total_time"] or 0.0, **({CONTROL_SEED: 1.0} if row["seed_control"] else {}), **figures}
    found["tokens"] = found.get("process_input_tokens", 0.0) + found.get("process_output_tokens", 0.0)
    if found["tokens"] and not found.get("process_cost"):
        found.pop("process_cost", None)  # tokens without a price cost something, and nobody knows what
    right = [found[name] for name in VERDICTS.values() if name in found]
    return {**found, RIGHT: right[0]} if right else found
