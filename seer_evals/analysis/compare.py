"""Several evaluations side by side: one row per harness, and whether their differences are any."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inspect_ai.log import EvalLog, EvalSample, list_eval_logs, read_eval_log
from rich.box import SIMPLE_HEAD
from rich.table import Table

from seer_evals.analysis._intervals import Estimate, average, difference, mcnemar, proportion

ALPHA = 0.05
SampleKey = tuple[str, str, int]
"""Task, sample id and epoch."""
_OUTCOMES = {"correct": "correctness_score", "named": "alias_match_score"}
_COSTS = {"turns": "process_turns", "tokens": "tokens", "dollars": "process_cost", "seconds": "seconds"}
"""Column -> value of a sample that it is the mean of."""


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


def read_logs(folder: str | Path) -> list[EvalLog]:
    """Every log below a directory that has samples.

    Raises:
        FileNotFoundError: There is none.
    """
    found = list_eval_logs(str(folder)) if Path(folder).is_dir() else []
    logs = [read_eval_log(each, exclude_fields={"events", "attachments", "messages", "store"}) for each in found]
    if not any(log.samples for log in logs):
        raise FileNotFoundError(f"no log with samples at {folder}: give a directory that evaluations were logged to")
    return [log for log in logs if log.samples]


def harnesses(logs: Iterable[EvalLog]) -> list[Harness]:
    """Logs of the same solver, models and parameters make one harness; those with the larger Youden's J come first.

    A sample that was run again counts once, as it was last.
    """
    listed = sorted(logs, key=lambda log: log.eval.created)
    shared = _shared([_parameters(log) for log in listed])
    samples: dict[str, dict[SampleKey, Mapping[str, float]]] = defaultdict(dict)
    for log in listed:
        name = _name(log, shared)
        for sample in log.samples or []:
            if sample.error is None:
                samples[name][log.eval.task, str(sample.id), sample.epoch] = _scores(sample)
    found = [Harness(name, each) for name, each in samples.items()]
    return sorted(found, key=lambda harness: -_sortable(harness.youden_j.value))


def _sortable(value: float) -> float:
    return -math.inf if math.isnan(value) else value


def _parameters(log: EvalLog) -> dict[str, str]:
    """What can differ between two logs and says how the investigation was done."""
    arguments = {f"-S {name}": value for name, value in (log.eval.solver_args_passed or {}).items()}
    arguments |= {f"-T {name}": value for name, value in (log.eval.task_args_passed or {}).items()}
    if log.eval.model != "none/none":
        arguments["model"] = log.eval.model
    for role, model in (log.eval.model_roles or {}).items():
        arguments[role] = ", ".join(each.model for each in (model if isinstance(model, list) else [model]))
    return {name: str(value) for name, value in arguments.items()}


def _shared(parameters: Sequence[Mapping[str, str]]) -> set[tuple[str, str]]:
    """What is the same everywhere and needs no mention."""
    return set.intersection(*({*each.items()} for each in parameters)) if parameters else set()


def _name(log: EvalLog, shared: set[tuple[str, str]]) -> str:
    solver = (log.eval.solver or "the task's own solver").rsplit("/", 1)[-1].removesuffix(".py").rsplit("@", 1)[-1]
    own = [f"{name}={value}" for name, value in _parameters(log).items() if (name, value) not in shared]
    return " ".join([solver, *own])


def _scores(sample: EvalSample) -> dict[str, float]:
    found: dict[str, float] = {"seconds": sample.total_time or 0.0}
    for score in (sample.scores or {}).values():
        values: Any = score.value if isinstance(score.value, dict) else {}
        found |= {name: float(value) for name, value in values.items() if value is not None}
    found["tokens"] = found.get("process_input_tokens", 0.0) + found.get("process_output_tokens", 0.0)
    if found["tokens"] and not found.get("process_cost"):
        found.pop("process_cost", None)  # tokens without a price cost something, and nobody knows what
    return {name: value for name, value in found.items() if not math.isnan(value)}


def as_tables(rows: Sequence[Harness]) -> list[Table]:
    """What each harness found, and what it took; one row per harness, each figure above its interval of 95 %."""
    outcomes, costs = _table("What they found"), _table("What it took")
    for name in ("n", "organisms", "twins", "J", *_OUTCOMES, "no report"):
        outcomes.add_column(name, justify="right", no_wrap=True)
    for name in _COSTS:
        costs.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        rates = [row.true_positives, row.false_positives, row.youden_j]
        means = [average(row.values(key)) for key in _OUTCOMES.values()]
        cells = [shown(each) for each in (*rates, *means)]
        outcomes.add_row(row.name, str(len(row.samples)), *cells, str(row.without_report))
        costs.add_row(row.name, *(shown(average(row.values(key))) for key in _COSTS.values()))
    return [outcomes, costs]


def _table(title: str) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), title=title, title_justify="left")
    table.add_column("harness", overflow="fold", min_width=14)
    return table


def shown(estimate: Estimate) -> str:
    """A figure and its interval in a table's cell."""
    if not estimate.count:
        return "-"
    value = _number(estimate.value)
    return value if math.isnan(estimate.low) else f"{value}\n{_number(estimate.low)}–{_number(estimate.high)}"


def _number(value: float) -> str:
    if value == 0:
        return "0"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.2f}"


def differences(rows: Sequence[Harness]) -> list[str]:
    """Each harness against the first one, on the samples that both have: a difference, or none that this can show."""
    return [_difference(rows[0], other) for other in rows[1:]]


def _difference(first: Harness, second: Harness) -> str:
    shared = [key for key in first.samples if key in second.samples]
    pairs = [
        (first.samples[key]["detection_right"], second.samples[key]["detection_right"])
        for key in shared
        if "detection_right" in first.samples[key] and "detection_right" in second.samples[key]
    ]
    if not pairs:
        return f"{first.name} and {second.name} have no sample in common: they cannot be compared"
    only_first, only_second = pairs.count((1.0, 0.0)), pairs.count((0.0, 1.0))
    p = mcnemar(only_first, only_second)
    right = [sum(pair[i] for pair in pairs) for i in (0, 1)]
    verdict = "a difference" if p < ALPHA else "no difference that these samples can show"
    return (
        f"{first.name} is right on {right[0]:.0f} of {len(pairs)} shared samples, {second.name} on {right[1]:.0f} "
        f"(alone right: {only_first} and {only_second}; exact McNemar p = {p:.2g}): {verdict}"
    )
