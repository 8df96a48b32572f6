"""An investigator knows what is left of its time before it is over."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import Task
from inspect_ai import eval as run_eval
from inspect_ai.agent import as_solver
from inspect_ai.dataset import Sample
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.tool import Tool, tool

from seer_evals.solvers._bench import Bench, countdown, investigator
from tests.scripted import scripted


@tool
def submit_report() -> Tool:
    async def execute() -> str:
        """Submit."""
        return "done"

    return execute


@solver
def agent() -> Solver:
    async def solve(state: TaskState, generate: Generate) -> TaskState:
        bench = Bench(scripted(["a", "b", "c", "d"], then=("submit_report", {})), [], submit_report())
        return await as_solver(await investigator(bench, "Work."))(state, generate)

    return solve


def said(folder: Path, **limits: Any) -> list[str]:
    (log,) = run_eval(
        Task(dataset=[Sample(input="?")], solver=agent()), model="mockllm/model", log_dir=str(folder), **limits
    )
    assert log.samples is not None, log.error
    return [message.text for message in log.samples[0].messages if message.role == "user"]


def test_the_time_is_told_as_it_gets_scarce_and_once_for_each_share(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: Iterator[tuple[float, float]] = iter([(540, 0.9), (299, 0.498), (298, 0.497), (59, 0.098), (50, 0.08)])
    module = importlib.import_module("seer_evals.solvers._bench.investigator")  # a function hides it
    monkeypatch.setattr(module, "time_left", lambda: next(left))
    told = [text.split(" are left")[0] for text in said(tmp_path) if "Of your time" in text]
    assert told == ["Of your time 5 minutes", "Of your time 59 seconds"]


def test_without_a_limit_nothing_is_said_of_time(tmp_path: Path) -> None:
    assert not [text for text in said(tmp_path) if "time" in text]


def test_with_time_to_spare_nothing_is_said_of_it(tmp_path: Path) -> None:
    assert not [text for text in said(tmp_path, time_limit=6000) if "time" in text]


def test_a_countdown_has_turns_and_where_it_is_limited_time(tmp_path: Path) -> None:
    counted: list[str] = []

    @solver
    def counts() -> Solver:
        async def solve(state: TaskState, generate: Generate) -> TaskState:
            counted.append(countdown(1))
            return state

        return solve

    for limits in ({}, {"time_limit": 6000}):
        run_eval(
            Task(dataset=[Sample(input="?")], solver=counts()), model="mockllm/model", log_dir=str(tmp_path), **limits
        )  # type: ignore[arg-type]
    assert counted == ["1 turn left", "1 turn and 100 minutes left"]
