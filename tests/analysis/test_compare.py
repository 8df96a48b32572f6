"""Harnesses side by side, from real logs."""

from pathlib import Path

import pytest
from inspect_ai import Task
from inspect_ai import eval as run_eval
from inspect_ai.dataset import Sample
from inspect_ai.solver import Generate, Solver, TaskState, solver

from seer_evals.analysis.compare import as_tables, differences, harnesses, read_logs
from seer_evals.cli import main
from seer_evals.lab import REPORT_KEY
from seer_evals.reports import Finding, Report
from seer_evals.scorers import detection, process

NOTHING = Report(nothing_unusual=True, answer="Nothing.")
SOMETHING = Report(nothing_unusual=False, answer="It hides.", findings=(Finding(claim="It hides.", confidence=0.9),))
TRUTH = {"control": False}
TWIN = {"control": True}


@solver
def knows() -> Solver:
    async def solve(state: TaskState, generate: Generate) -> TaskState:
        report = NOTHING if state.metadata["control"] else SOMETHING
        state.store.set(REPORT_KEY, report.model_dump(mode="json"))
        return state

    return solve


@solver
def alarmist(calm: int = 0) -> Solver:
    async def solve(state: TaskState, generate: Generate) -> TaskState:
        report = NOTHING if int(str(state.sample_id)) <= calm else SOMETHING
        state.store.set(REPORT_KEY, report.model_dump(mode="json"))
        return state

    return solve


@solver
def silent() -> Solver:
    async def solve(state: TaskState, generate: Generate) -> TaskState:
        return state

    return solve


def task(count: int = 12) -> Task:
    samples = [Sample(input="?", id=i, target="x", metadata=TRUTH if i % 2 else TWIN) for i in range(1, count + 1)]
    return Task(dataset=samples, scorer=[detection(), process()], name="hides")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("logs")
    for each in (knows(), alarmist(), silent()):
        run_eval(task(), solver=each, model="none", log_dir=str(path), display="none")
    return path


def test_there_is_a_row_for_each_harness_and_the_best_comes_first(folder: Path) -> None:
    rows = harnesses(read_logs(folder))
    assert [row.name for row in rows] == ["knows", "alarmist", "silent"]
    assert [round(row.youden_j.value, 2) for row in rows[:2]] == [1.0, 0.0]
    assert (rows[1].true_positives.value, rows[1].false_positives.value) == (1.0, 1.0)
    assert rows[2].without_report == 12
    assert rows[2].true_positives.count == 0, "no report is neither alarm nor all-clear"


def test_a_difference_is_called_one_only_where_it_is_shown(folder: Path) -> None:
    against_alarmist, against_silent = differences(harnesses(read_logs(folder)))
    assert "right on 12 of 12 shared samples, alarmist on 6" in against_alarmist
    assert "p = 0.031): a difference" in against_alarmist
    assert against_silent.endswith(": a difference")


def test_few_samples_show_no_difference(tmp_path: Path) -> None:
    for each in (knows(), alarmist()):
        run_eval(task(4), solver=each, model="none", log_dir=str(tmp_path), display="none")
    [line] = differences(harnesses(read_logs(tmp_path)))
    assert line.endswith("no difference that these samples can show")


def test_arguments_that_differ_tell_harnesses_apart(tmp_path: Path) -> None:
    for calm in (0, 4):
        run_eval(task(4), solver=alarmist(calm=calm), model="none", log_dir=str(tmp_path), display="none")
    names = {row.name for row in harnesses(read_logs(tmp_path))}
    assert names == {"alarmist -S calm=0", "alarmist -S calm=4"}


def test_a_sample_that_ran_again_counts_once(tmp_path: Path) -> None:
    for _ in range(2):
        run_eval(task(4), solver=knows(), model="none", log_dir=str(tmp_path), display="none")
    [row] = harnesses(read_logs(tmp_path))
    assert len(row.samples) == 4


def test_the_command_prints_the_table_and_the_verdicts(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", str(folder)]) == 0
    printed = capsys.readouterr().out
    assert "alarmist" in printed and "McNemar" in printed
    assert [table.row_count for table in as_tables(harnesses(read_logs(folder)))] == [3, 3]
    assert max(map(len, printed.splitlines())) <= 80, "a plain terminal"


def test_a_directory_without_logs_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", str(tmp_path)]) == 2
    assert "no log with samples" in capsys.readouterr().err
