"""The scorer's own measurement: a reference implementation, run in the sample's sandbox once the agent is done."""

import json
from pathlib import Path
from typing import Annotated, Any

import anyio
from inspect_ai.model import get_model
from inspect_ai.solver import TaskState
from pydantic import BaseModel, ConfigDict, Field

from seer_evals import by_path
from seer_evals.intervals import wilson
from seer_evals.lab import Lab
from seer_evals.runtime.untrusted import NotPlain, parse_object
from seer_evals.sandboxes import Said, checked, exec_unnoticed
from seer_evals.studies import Study

REFERENCE_KEY = "seer:reference"
"""Store key of the measurement, for `inspect score` later: there is no sandbox then to make it in."""
TARGET_ROLE = "target"
MARK = "@@figures "
MAX_VALUES = 1_000_000
"""Values in what a reference prints: its details name prompts, layers and tokens."""
SHOWN = 1_500
"""Characters of the error output that an explanation has."""

PROGRAM = """import json, sys
given = json.loads({given!r})
sys.path.insert(0, given["runtime"])
from seer_runtime.models.load import load
variables = load([given["model"], *given["others"]])
scope = {{"__name__": "reference"}}
exec(compile(given["source"], "reference", "exec"), scope)
(model, tokenizer), *others = (
    (variables[each["name"]], variables[each["tokenizer_name"]]) for each in [given["model"], *given["others"]]
)
names = [each["name"] for each in given["others"]]
arguments = given["arguments"] | ({{"others": dict(zip(names, others))}} if names else {{}})
found = scope["measure"](model, tokenizer, arguments)
print("\\n" + {mark!r} + json.dumps(found))
"""


class MeasurementFailed(RuntimeError):
    """The reference could not be run; the message says why."""


class Measured(BaseModel):
    """A number and its 95 % interval."""

    model_config = ConfigDict(frozen=True)

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3g} [{self.low:.3g}, {self.high:.3g}]"


class Measurement(BaseModel):
    """What the reference found on the model that the agent had."""

    model_config = ConfigDict(frozen=True)

    study: str
    figures: dict[str, Measured]
    readings: dict[str, tuple[float, ...]] = {}
    """By figure, what other readings of the question give that can be defended."""
    spread: dict[str, tuple[float, float]] = {}
    """By figure, the lowest and the highest that the reference finds when only its seed is another."""
    effect: bool
    details: dict[str, Any] = {}


async def measure(state: TaskState, study: Study) -> tuple[Measurement, bool]:
    """The reference's measurement, made now or kept from when the sample ran.

    With weights, it is made in a fresh process, with the weights as they were placed, after the agent's kernels have
    ended; the code goes in by stdin, so that nothing of it is ever a file in the sandbox. By chat, it asks the role
    `target` from here. Inspect ends a sample's scoped sandboxes before its scorers run, so a task whose target is in
    one has this measured before the agent begins, who cannot change the model there.

    Returns:
        The measurement, and whether it was made earlier.

    Raises:
        MeasurementFailed: There is neither a kept one nor a laboratory, or the reference failed or took too long.
    """
    kept = state.store.get(REFERENCE_KEY)
    if kept is not None and kept["study"] == study.name:
        return Measurement.model_validate(kept), True
    try:
        lab = Lab.of(state)
    except LookupError:
        raise MeasurementFailed(
            "the log has no measurement of the reference, and there is no laboratory any more to make it in: "
            "run the sample again"
        ) from None
    found = _parsed(study, await (_by_chat(study) if study.by == "chat" else _with_weights(lab, study)))
    state.store.set(REFERENCE_KEY, found.model_dump(mode="json"))
    return found, False


async def _with_weights(lab: Lab, study: Study) -> dict[str, Any]:
    for notebook in lab.notebooks.values():
        await notebook.close()
    models = {each["name"]: each for each in lab.preload.get("models", [])}
    for name in (study.model, *study.others):
        if name not in models:
            raise MeasurementFailed(f"no model {name!r} is in the agent's sandbox; there are: {', '.join(models)}")
    given = {
        "runtime": lab.layout.runtime,
        "model": models[study.model],
        "others": [models[name] for name in study.others],
        "source": _file(study).read_text(encoding="utf-8"),
        "arguments": study.arguments,
    }
    program = PROGRAM.format(given=json.dumps(given), mark=MARK)
    try:
        # Inspect's event log would hold the reference a second time for each sample.
        done = await exec_unnoticed(lab.sandbox, [lab.layout.python, "-I", "-"], program, timeout=study.seconds)
    except TimeoutError:
        raise MeasurementFailed(f"the reference took longer than {study.seconds} seconds") from None
    if not done.success:
        raise MeasurementFailed(f"the reference failed: {done.stderr.strip()[-SHOWN:]}")
    line = next((line for line in reversed(done.stdout.splitlines()) if line.startswith(MARK)), None)
    if line is None:
        raise MeasurementFailed(f"the reference printed no figures, but: {done.stdout[-SHOWN:]}")
    try:
        return parse_object(line.removeprefix(MARK), values=MAX_VALUES)
    except NotPlain as error:
        raise MeasurementFailed(f"the figures of the reference cannot be read: {error}") from None


def _file(study: Study) -> Path:
    """The file of the reference.

    Raises:
        MeasurementFailed: A study from outside this package is not on this machine.
    """
    if not (path := by_path.found(study.reference)).is_file():
        raise MeasurementFailed(f"the study's reference is not here: {study.reference}; run it where its folder is")
    return path


async def _by_chat(study: Study) -> dict[str, Any]:
    reference = by_path.load(_file(study))
    try:
        with anyio.fail_after(study.seconds):
            made = await reference.measure(get_model(role=TARGET_ROLE), study.arguments)
    except TimeoutError:
        raise MeasurementFailed(f"the reference took longer than {study.seconds} seconds") from None
    except RuntimeError as error:
        raise MeasurementFailed(f"the reference failed: {error}") from error
    found: dict[str, Any] = json.loads(json.dumps(made))  # as those have it that come out of a sandbox
    return found


class _Found(Said):
    """What a reference returns: a figure is `[hits, n]` of a share, or `[value, low, high]` of anything else."""

    figures: dict[str, Annotated[list[float], Field(min_length=2, max_length=3)]]
    readings: dict[str, list[float]] = Field(default_factory=dict)
    spread: dict[str, Annotated[list[float], Field(min_length=2, max_length=2)]] = Field(default_factory=dict)
    effect: bool
    details: dict[str, Any] = Field(default_factory=dict)


def _parsed(study: Study, found: dict[str, Any]) -> Measurement:
    try:
        sound = checked(_Found, found)
    except NotPlain as error:
        raise MeasurementFailed(f"the reference {study.reference!r} gave no figures: {error}") from None
    figures = {name: _measured(value) for name, value in sound.figures.items()}
    if missing := [asked.name for asked in study.figures if asked.name not in figures]:
        raise MeasurementFailed(f"the reference {study.reference!r} measures no {', '.join(missing)}")
    return Measurement(
        study=study.name,
        figures=figures,
        readings={name: tuple(values) for name, values in sound.readings.items()},
        spread={name: (low, high) for name, (low, high) in sound.spread.items()},
        effect=sound.effect,
        details=sound.details,
    )


def _measured(value: list[float]) -> Measured:
    """From `[hits, n]` of a share, or `[value, low, high]` of anything else."""
    if len(value) == 3:
        return Measured(value=value[0], low=value[1], high=value[2])
    hits, n = value
    if not 0 <= hits <= n or n < 1:
        raise MeasurementFailed(f"the reference counted {hits:g} hits of {n:g}")
    low, high = wilson(hits, int(n))
    return Measured(value=hits / n, low=low, high=high)
