"""What an agent leaves for a scorer, and what a reference in its sandbox prints: nonsense ends no sample."""

import json
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import Task
from inspect_ai import eval as inspect_eval
from inspect_ai.solver import Generate, Solver, TaskState, solver

from seer_evals.environment import Environment
from seer_evals.lab import Lab, close_lab, lab_sample, open_lab
from seer_evals.scorers._catalogue import CatalogueError, read_catalogue
from seer_evals.scorers._fidelity.measurement import MeasurementFailed, _parsed
from seer_evals.solvers._human.report import Unusable, read_report
from seer_evals.studies import AskedFigure, Study

DEEP = "[" * 900 + "]" * 900
LEFT = {
    "no JSON": b"nonsense",
    "no UTF-8": b"\xff\xfe",
    "deep": DEEP.encode(),
    "deeper": b"[" * 500_000,
    "digits": b"[" + b"9" * 5000 + b"]",
    "an object": b"{}",
    "numbers": b"[1, 2]",
    "no patterns": b'[{"name": "x", "patterns": []}]',
    "long": b'[{"name": "' + b"x" * 2_000_000 + b'", "patterns": ["x"]}]',
    "wide": b"[" + b"{}," * 200_000 + b"{}]",
}


@solver
def leaving(found: dict[str, str]) -> Solver:
    """Leaves catalogues of every kind, as an agent could."""

    async def read(state: TaskState, how: str) -> None:
        try:
            await read_catalogue(state)
            found[how] = "read"
        except CatalogueError as error:
            found[how] = str(error)

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        box = Lab.of(state).sandbox
        for how, data in LEFT.items():
            await box.write_file("catalogue.json", data)
            await read(state, how)
        for how, command in {
            "a pipe": "rm catalogue.json; mkfifo catalogue.json",
            "endless": "rm catalogue.json; ln -s /dev/zero catalogue.json",
            "large": "rm catalogue.json; truncate -s 200M catalogue.json",
            "a folder": "rm catalogue.json; mkdir catalogue.json",
            "a circle": "rmdir catalogue.json; ln -s catalogue.json catalogue.json",
        }.items():
            await box.exec(["sh", "-c", command])
            await read(state, how)
        return state

    return solve


def test_a_catalogue_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    found: dict[str, str] = {}
    task = Task([lab_sample("?", Environment(), id="one")], setup=open_lab(), solver=leaving(found), cleanup=close_lab)
    (log,) = inspect_eval(task, model="mockllm/model", display="none", log_dir=str(tmp_path))
    assert log.status == "success", log.error
    assert len(found) == len(LEFT) + 5 and "read" not in found.values()
    assert all(len(words) < 2_000 for words in found.values())


FIGURES = {"figures": {"rate": [1, 2]}, "effect": True}


@pytest.mark.parametrize(
    "found",
    [
        {},
        {"effect": True},
        {**FIGURES, "effect": "yes"},
        {**FIGURES, "figures": [1]},
        {**FIGURES, "figures": {"rate": 1}},
        {**FIGURES, "figures": {"rate": [1]}},
        {**FIGURES, "figures": {"rate": ["1", "2"]}},
        {**FIGURES, "figures": {"rate": [1, 0]}},
        {**FIGURES, "figures": {"rate": [3, 2]}},
        {**FIGURES, "figures": {"rate": [float("nan"), 2]}},
        {**FIGURES, "figures": {"other": [1, 2]}},
        {**FIGURES, "details": []},
    ],
)
def test_figures_that_are_none_are_a_failed_measurement(found: dict[str, Any]) -> None:
    study = Study(name="s", reference="none", figures=(AskedFigure(name="rate", absolute=0.1),))
    assert _parsed(study, FIGURES).figures["rate"].value == 0.5
    with pytest.raises(MeasurementFailed):
        _parsed(study, found)


@pytest.mark.parametrize(
    "text",
    [
        "answer: [",
        DEEP,
        "answer: 2024-99-99",
        "a: &a [x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}' if i else '*a'] * 9)}]\n" for i in range(9)),
        "answer: &a [*a]",
        "answer: " + "9" * 5000,
        json.dumps({"answer": "x" * 1_100_000}),
        "answer: !!python/object:os.system x",
    ],
)
def test_a_report_file_that_is_none_is_sent_back(text: str) -> None:
    with pytest.raises(Unusable):
        read_report(text)
