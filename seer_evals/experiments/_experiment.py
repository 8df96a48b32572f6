"""An experiment in one file: what is run, what varies, and by which rule it is decided, stated before anything runs.

    name: skills
    question: Is an investigator that has techniques at hand right more often?
    task: {task: seer_evals/hidden_preference, args: {seeds: "101,102,103,104"}}
    model: none
    vary:
      arms:
        guess:   {solver: {solver: seer_evals/technique, args: {name: guess}}}
        battery: {solver: seer_evals/baseline}
    verdict: {metric: right, least: 0.1}

What Inspect's `--run-config` knows (`task`, `model`, `model_roles`, `solver`, `eval_config`, `generate_config`, `tags`,
`metadata`, `sandbox`) has its names and its meaning, and goes to Inspect as it is.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self, TypeVar

import yaml
from pydantic import Field, ValidationError, model_validator

from seer_evals.experiments._vary import INSPECTS, NAME, Vary, put
from seer_evals.frozen import Frozen
from seer_evals.near import did_you_mean

MOST_ARMS = 64
TODO = "TODO"
"""With this begins what `seer draft` leaves open, since the paper does not say it."""


class ExperimentError(ValueError):
    """What is wrong with an experiment, each problem in a line that says what to do."""


class Rule(Frozen):
    """By what an arm is better than the first one. It is part of what is run and stands in the report.

    Attributes:
        metric: Of a sample: `right` (the report's verdict), or a score by its name, such as `correctness_score`,
            `fidelity_overall` or `detection_alarm`.
        least: The smallest difference that matters.
        alpha: How often a difference may be claimed where there is none, over all arms together (Holm 1979).
        more_is_better: Whether more of it is better.
        discordant: Share of pairs in which only one of two arms is right: what the power in the plan assumes.
        alarms: What a false alarm on an organism's clean twin takes from the metric of the organism.
    """

    metric: str = "right"
    least: float = Field(default=0.1, gt=0)
    alpha: float = Field(default=0.05, gt=0, lt=0.5)
    more_is_better: bool = True
    discordant: float = Field(default=0.3, gt=0, le=1)
    alarms: float = Field(default=0.0, ge=0)

    @property
    def scored(self) -> str:
        """What the value is called by which arms are compared."""
        times = "" if self.alarms == 1 else f"{self.alarms:g} "
        return f"{self.metric} {'-' if self.more_is_better else '+'} {times}alarms" if self.alarms else self.metric


class Experiment(Frozen):
    """What the file says.

    Attributes:
        name: A folder's name.
        question: In words, answered by the verdict.
        inspect: The fields that are Inspect's own.
        vary: What differs between the arms.
        verdict: The rule.
        budget_usd: Dollars for models, after which nothing further is begun; no limit without it.
    """

    name: str
    question: str
    inspect: dict[str, Any]
    vary: Vary
    verdict: Rule = Rule()
    budget_usd: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _can_run(self) -> Self:
        if not NAME.fullmatch(self.name):
            raise ValueError(f"name {self.name!r} is a folder's name: letters, digits, - and _")
        if not self.question.strip():
            raise ValueError("question is empty: say in words what the verdict will answer")
        if len(self.arms()) < 2:
            raise ValueError("vary has one arm; there is nothing to compare it with")
        if len(self.arms()) > MOST_ARMS:
            raise ValueError(
                f"vary has {len(self.arms())} arms; more than {MOST_ARMS} are a mistake, or several experiments"
            )
        return self

    def arms(self) -> dict[str, dict[str, Any]]:
        """By name, what Inspect is to run; the first is what the others are compared with.

        Raises:
            ValueError: A place is none, or two arms have one name.
        """
        return {name: put(self.inspect, changes) for name, changes in self.vary.changes().items()}


def load_experiment(path: Path) -> Experiment:
    """The experiment in a file.

    Raises:
        ExperimentError: It cannot be read, or something in it is wrong: all of it, a line each.
    """
    return read_as(Experiment, path)


Form = TypeVar("Form", bound=Frozen)


def read_as(form: type[Form], path: Path) -> Form:
    """What a file says, as an object that has Inspect's own fields under `inspect`.

    Raises:
        ExperimentError: It cannot be read, or something in it is wrong: all of it, a line each.
    """
    written = fields_in(path)
    own = {name: value for name, value in written.items() if name not in INSPECTS}
    known = set(form.model_fields) - {"inspect"}
    if unknown := [name for name in own if name not in known]:
        lines = [f"{path.name}: {name!r} is no field{did_you_mean(name, [*known, *INSPECTS])}" for name in unknown]
        raise ExperimentError("\n".join(lines))
    inspects = {name: value for name, value in written.items() if name in INSPECTS}
    try:
        return form.model_validate({**own, "inspect": inspects})
    except ValidationError as error:
        raise ExperimentError("\n".join(f"{path.name}: {_told(each)}" for each in error.errors())) from None


def fields_in(path: Path) -> dict[str, Any]:
    """The fields of a file, whatever they are.

    Raises:
        ExperimentError: It cannot be read.
    """
    try:
        written = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ExperimentError(f"there is no file {path}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ExperimentError(f"{path.name} is no YAML: {error}") from None
    if not isinstance(written, dict):
        raise ExperimentError(f"{path.name} has no fields; begin with name, question, task, vary and verdict")
    if left := list(_left_open(written)):
        raise ExperimentError("\n".join(f"{path.name}: {each}" for each in left))
    return written


def _left_open(value: Any, place: str = "") -> Iterator[str]:
    """What is still to be said, by its place: no default stands in for it."""
    if isinstance(value, dict | list):
        for name, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _left_open(each, f"{place}.{name}" if place else str(name))
    elif isinstance(value, str) and value.startswith(TODO):
        yield f"{place} is left open: {value.removeprefix(TODO).lstrip(': ') or 'write it'}"


def _told(error: Any) -> str:
    where = ".".join(map(str, error["loc"]))
    said = error["msg"].removeprefix("Value error, ")
    return f"{where}: {said}" if where else str(said)
