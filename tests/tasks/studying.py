"""How tests of studies have one investigated, and what they look at in a sample that was scored."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import Task
from inspect_ai import eval as run_eval
from inspect_ai.log import EvalLog, EvalSample
from inspect_ai.solver import Generate, Solver, TaskState, solver

import seer_evals
from seer_evals.lab import Lab
from seer_evals.lab.notebook import CellResult
from seer_evals.reports import Evidence, Figure, Finding, Report
from seer_evals.scorers._fidelity import Measurement
from seer_evals.scorers._fidelity.grading import credit
from seer_evals.studies import STUDY_KEY, Study
from tests.scorers.judging import judge

Changes = Iterable[tuple[str, str]]
"""What stands in the right code, and what a way has instead."""


Reported = Callable[[dict[str, Any], int], Report]
"""From figures, and the number of the cell that printed them, to what is submitted."""


def cells_of(study: str) -> list[str]:
    """The code of a study's own baseline, cell by cell."""
    page = Path(seer_evals.__file__).parent / "tasks" / study / "baseline.md"
    return re.findall(r"^```python\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def changed(code: str, changes: Changes) -> str:
    """The code in a way that is not the right one."""
    for old, new in changes:
        assert old in code, old
        code = code.replace(old, new)
    return code


@solver
def in_ways(cells: Sequence[str], ways: Mapping[str, Changes], report: Reported) -> Solver:
    """Runs the right code, changed in the way of the epoch, and reports what comes out.

    Args:
        cells: The code that is right; the last cell prints the figures.
        ways: For each epoch, what it changes in them.
        report: What is submitted.
    """

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        lab, changes = Lab.of(state), list(ways.values())[state.epoch - 1]
        for code in changed("\0".join(cells), changes).split("\0"):
            result = await ran(lab, code)
        lab.submit(report(printed(result), result.number))
        return state

    return solve


class Worked(dict[str, EvalSample]):
    """By way, the sample that was worked on in it, and what is looked at in it."""

    def has_everything(self, figures: float) -> bool:
        """Whether who did it right has verdict, steps and figures, of which none is missing or left undecided.

        Args:
            figures: What their score has to be more than.
        """
        found = self.values_of("right")
        assert found["verdict"] == found["protocol"] == 1 and found["figures"] > figures
        return not (found["undecided_steps"] or found["missing_figures"] or self.lost("right"))

    def values_of(self, way: str) -> dict[str, Any]:
        """The values of `fidelity`."""
        return values(self[way])

    def lost(self, way: str) -> list[str]:
        """The steps that were not kept to."""
        return lost(self[way])

    def costs(self, way: str, by: float = 0.05) -> bool:
        """Whether a way scores so much less than the right one."""
        return bool(self.values_of(way)["overall"] < self.values_of("right")["overall"] - by)

    def true(self, way: str) -> dict[str, float]:
        """What the reference measured, where it found an effect."""
        assert metadata(self[way])["reference"]["effect"] is True
        return measured(self[way])

    def guessable(self, *guesses: float) -> list[str]:
        """The figures that a guess has."""
        return guessable(self["right"], *guesses)


@dataclass(frozen=True)
class Battery:
    """A study's own code, the picture left out, to be worked through as it is and in ways that are not the right one.

    Attributes:
        study: Whose.
        report: What is submitted.
        judged: Who reads the code, step by step; nobody, if the study has no such steps.
        to_report: What the last cell prints.
        in_one: Everything is in one cell.
    """

    study: str
    report: Reported
    judged: Callable[[str], str] | None = None
    to_report: str = "print(json.dumps(figures))"
    in_one: bool = True

    def fixture(self, task: Callable[..., Task], ways: Mapping[str, Changes], needs: str = "organism_cache") -> Any:
        """A module's fixture: its samples by way, worked on once what is needed is there."""

        @pytest.fixture(scope="module")
        def by_ways(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Worked:
            request.getfixturevalue(needs)
            return self.worked(task(controls=False), ways, tmp_path_factory.mktemp("logs"))

        return by_ways

    def in_ways(self, ways: Mapping[str, Changes]) -> Solver:
        """Works in another way in every epoch."""
        cells = [*cells_of(self.study)[:-1], self.to_report]
        return in_ways(["\n".join(cells)] if self.in_one else cells, ways, self.report)

    def worked(self, task: Task, ways: Mapping[str, Changes], folder: Path) -> Worked:
        """Have a task with one sample worked on in each way."""
        log = evaluated(task, folder, self.in_ways(ways), len(ways), judged=self.judged)
        return Worked({list(ways)[sample.epoch - 1]: sample for sample in log.samples or []})


async def ran(lab: Lab, code: str) -> CellResult:
    """A cell that ran to its end."""
    result = await lab.notebook().run(code)
    assert result.status == "ok", result.outputs
    return result


def printed(result: CellResult) -> Any:
    """What a cell printed last, as JSON."""
    text = "".join(out["text"] for out in result.outputs if out["output_type"] == "stream")
    return json.loads(text.strip().splitlines()[-1])


def in_cell(figures: Mapping[str, float], number: int) -> tuple[Figure, ...]:
    """Figures of a report, with the cell that shows them."""
    return tuple(Figure(name=name, value=value, cell=number) for name, value in figures.items())


def each_claimed(claims: Sequence[str], figures: Mapping[str, float], number: int) -> Report:
    """A report of what there is, or of no effect where that is nothing."""
    evidence = Evidence(kind="cell", number=number, shows="the figures")
    return Report(
        nothing_unusual=not claims,
        answer=" ".join(claims) or "No effect.",
        findings=tuple(Finding(claim=claim, confidence=0.9, evidence=(evidence,)) for claim in claims),
        figures=in_cell(figures, number),
    )


def claims(claim: str, holds: Callable[[Mapping[str, float]], bool]) -> Reported:
    """Reports with one claim, or of no effect where the figures are not what it needs."""
    return lambda figures, number: each_claimed([claim] if holds(figures) else [], figures, number)


def reports(decide: Reported, **published: Any) -> Reported:
    """Reports by a rule, from the figures and what else the battery would have published."""
    return lambda figures, number: decide({"figures": figures, **published}, number)


def evaluated(
    task: Task,
    folder: Path,
    solver: Solver | None = None,
    epochs: int | None = None,
    judged: Callable[[str], str] | None = None,
) -> EvalLog:
    """The log of a task that ran without an error, by a solver that does something else in every epoch."""
    roles = {"judge": judge(judged)} if judged else None
    (log,) = run_eval(task, model="none", model_roles=roles, solver=solver, epochs=epochs, log_dir=str(folder))
    assert log.status == "success", log.error
    return log


def alone(task: Callable[..., Task], technique: str, needs: str = "organism_cache", **parameters: Any) -> Any:
    """A module's fixture: the log of a technique alone, run once what is needed is there."""

    @pytest.fixture(scope="module")
    def by_technique(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> EvalLog:
        request.getfixturevalue(needs)
        return evaluated(task(technique=technique, **parameters), tmp_path_factory.mktemp("logs"))

    return by_technique


def of_way(log: EvalLog, ways: Iterable[str], way: str) -> EvalSample:
    """The sample that was worked on in a way, of a task that has one: the first way in the first epoch."""
    return next(sample for sample in log.samples or [] if sample.epoch == list(ways).index(way) + 1)


def pictures(sample: EvalSample) -> int:
    """How many the notebook has."""
    cells = sample.store["seer:notebooks"]["main"]["cells"]
    return sum("image/png" in out.get("data", {}) for cell in cells for out in cell.get("outputs", []))


def right_about_all(log: EvalLog, figures: float) -> bool:
    """Whether one who had the same for all, first the model and then controls, is right about each, with a picture.

    Args:
        log: Of a technique alone.
        figures: What the score of the figures has to be more than.
    """
    first, *controls = sorted(log.samples or [], key=lambda sample: bool(sample.metadata["control"]))
    for sample in (first, *controls):
        assert sample.input == first.input and sample.store["lab:given"] == first.store["lab:given"]
        assert sample.store["lab:report"]["nothing_unusual"] is (sample is not first)
        assert values(sample)["verdict"] == 1 and values(sample)["figures"] > figures
        assert pictures(sample) == 1
    return bool(controls)


def reported(sample: EvalSample) -> dict[str, float]:
    """The figures that were reported."""
    return {figure["name"]: figure["value"] for figure in sample.store["lab:report"]["figures"]}


def values(sample: EvalSample, name: str = "fidelity") -> dict[str, Any]:
    """The values of a scorer, without its name before each."""
    assert sample.scores is not None
    found = sample.scores[name].value
    assert isinstance(found, dict)
    return {key.removeprefix(f"{name}_"): value for key, value in found.items()}


def metadata(sample: EvalSample) -> dict[str, Any]:
    """What `fidelity` keeps beside its values: the reference's measurement and the steps."""
    assert sample.scores is not None and sample.scores["fidelity"].metadata is not None
    return sample.scores["fidelity"].metadata


def measured(sample: EvalSample) -> dict[str, float]:
    """The figures as the reference measured them."""
    return {name: figure["value"] for name, figure in metadata(sample)["reference"]["figures"].items()}


def steps(sample: EvalSample) -> dict[str, float | None]:
    """By step of the protocol, whether it was kept to."""
    return dict(metadata(sample)["steps"])


def lost(sample: EvalSample) -> list[str]:
    """The steps that were not kept to."""
    return [name for name, kept in steps(sample).items() if kept == 0]


NEAR = 0.1
"""A guess that happens to be so near is as good as a measurement."""


def guessable(sample: EvalSample, *guesses: float) -> list[str]:
    """The figures of which one of the guesses (nothing, the middle, all) has full marks without being near."""
    study = Study.model_validate(sample.metadata[STUDY_KEY])
    measured = Measurement.model_validate(metadata(sample)["reference"])
    return [
        f"{asked.name} {guess:g} for {measured.figures[asked.name]}"
        for asked in study.figures
        for guess in (0.0, 0.5, 1.0, *guesses)
        if credit(asked, guess, measured) == 1 and abs(measured.figures[asked.name].value - guess) > NEAR
    ]


def fair(answer: Callable[[str], str]) -> Callable[[str], str]:
    """A judge of steps that has nothing against the figures."""

    def reply(prompt: str) -> str:
        return json.dumps({"reasoning": "All are.", "not_computed": []}) if "not_computed" in prompt else answer(prompt)

    return reply


def by_signs(signs: Mapping[str, str]) -> Callable[[str], str]:
    """A judge of steps that reads code.

    Args:
        signs: By words of a step's question, what stands in the work of whoever kept to it.
    """

    def reply(prompt: str) -> str:
        asked, work = prompt.split("[BEGIN WORK]")
        (sign,) = [sign for words, sign in signs.items() if words in asked]
        return json.dumps({"reasoning": sign, "kept": sign in work})

    return fair(reply)
