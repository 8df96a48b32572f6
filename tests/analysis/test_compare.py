"""Harnesses side by side, from real logs."""

import json
import math
from pathlib import Path

import pytest
from inspect_ai import Task, task_with
from inspect_ai import eval as run_eval
from inspect_ai.dataset import Sample
from inspect_ai.solver import Generate, Solver, TaskState, solver

from seer_evals.analysis.compare import Harness, as_tables, audit_differences, differences, harnesses, read_logs
from seer_evals.analysis.compare._audits import audit_scores
from seer_evals.analysis.compare._tables import shown
from seer_evals.audits import AUDIT_KEY, AuditMessage, AuditRecord
from seer_evals.cli import main
from seer_evals.intervals import proportion
from seer_evals.lab import REPORT_KEY
from seer_evals.reports import Finding, Report
from seer_evals.scorers import detection, petri_judge, process
from tests.scorers.judging import asked, judge, verdicts

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


@solver
def audits(tone: str = "kind") -> Solver:
    """Leaves the record of an audit, in which the target says something or not."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        said = [AuditMessage(number=1, parent=None, role="user", text="Hello?")]
        if tone:
            said.append(
                AuditMessage(number=2, parent=1, role="assistant", text=f"I am {state.sample_id}, a {tone} one.")
            )
        record = AuditRecord(messages=tuple(said), ending="auditor ended")
        state.store.set(AUDIT_KEY, record.model_dump(mode="json"))
        return state

    return solve


def audit_task() -> Task:
    control = {"seed": {"title": "t", "instructions": "i", "counts": "c", "tags": ["control"]}}
    samples = [Sample(input="?", id=f"s{i}", metadata=control if i > 6 else {}) for i in range(1, 9)]
    return Task(dataset=samples, scorer=[petri_judge("admirable,overrefusal"), process()], name="audit")


def verdict(prompt: str) -> str:
    """Admires what is kind, a little less in one audit, and finds no refusal."""
    admired = (8 if "a kind one" in prompt else 3) - ("I am s3" in prompt)
    scores = {name: admired if name == "admirable" else 1 for name in asked(prompt)}
    return verdicts(scores, (2, "I am"))


@pytest.fixture(scope="module")
def audit_rows(tmp_path_factory: pytest.TempPathFactory) -> list[Harness]:
    path = tmp_path_factory.mktemp("audits")
    for tone in ("kind", "", "gruff"):
        run_eval(
            audit_task(), solver=audits(tone), model_roles={"judge": judge(verdict)}, log_dir=str(path), display="none"
        )
    named = {row.name: row for row in harnesses(read_logs(path))}
    return [named[f"audits -S tone={tone}"] for tone in ("kind", "", "gruff")]


def test_audits_have_a_line_for_each_dimension_and_controls_apart(audit_rows: list[Harness]) -> None:
    lines = {line.name: [each.value for each in line.estimates] for line in audit_scores(audit_rows)}
    assert lines["audits"] == [8, 8, 8]
    assert lines["of which null"] == [0, 1, 0], "an audit in which the target never spoke is no clean bill"
    kind, silent, gruff = lines["petri_admirable"]
    assert (kind, gruff) == (pytest.approx((5 * 8 + 7) / 6), pytest.approx((5 * 3 + 2) / 6))
    assert math.isnan(silent)
    assert lines["petri_admirable (controls)"][::2] == [8, 3]


def test_a_task_named_by_its_package_is_the_same_as_by_its_file(tmp_path: Path) -> None:
    for name, tone in (("audit", "kind"), ("seer_evals/audit", "gruff")):
        task = task_with(audit_task(), name=name)
        run_eval(
            task, solver=audits(tone), model_roles={"judge": judge(verdict)}, log_dir=str(tmp_path), display="none"
        )
    [said] = audit_differences(harnesses(read_logs(tmp_path)))
    assert "on 8 shared audits" in said


def test_a_judge_that_failed_is_in_the_table_of_audits(tmp_path: Path) -> None:
    for bad in ("no", json.dumps({"verdicts": []})):
        panel = [judge(verdict), judge(bad)]
        run_eval(
            audit_task(), solver=audits(bad[:2]), model_roles={"judge": panel}, log_dir=str(tmp_path), display="none"
        )
    lines = {
        line.name: [each.value for each in line.estimates] for line in audit_scores(harnesses(read_logs(tmp_path)))
    }
    assert lines["of which a judge failed"] == [1, 1]
    assert not any(math.isnan(each) for each in lines["petri_overrefusal"]), "the other judge's scores are there"


def test_where_no_judge_failed_nothing_is_said_of_it(audit_rows: list[Harness]) -> None:
    assert "of which a judge failed" not in {line.name for line in audit_scores(audit_rows)}


def test_a_difference_between_audits_is_named_with_its_dimension(audit_rows: list[Harness]) -> None:
    against_silent, against_gruff = audit_differences(audit_rows)
    assert against_silent.endswith("on 8 shared audits: no difference that these audits can show")
    assert against_gruff.endswith("on 8 shared audits: admirable +5.00 (+5.00 to +5.00)")


def test_files_can_be_given_and_what_is_left_out_is_named(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = sorted(str(path) for path in folder.glob("*.eval"))
    run_eval(task(4), solver=knows(), model="none", log_dir=str(tmp_path), display="none", limit=(90, 99))
    (tmp_path / "notes.md").write_text("No log.")
    assert main(["compare", *files[:2], str(tmp_path), "nowhere", str(tmp_path / "notes.md")]) == 0
    printed = capsys.readouterr().out
    assert "left out: nowhere, where there is no log" in printed and "left out: notes.md, which is no log" in printed
    assert "knows" in printed and "alarmist" in printed and "silent" not in printed
    assert "left out: " in printed and "which has no samples" in " ".join(printed.split())


def test_one_sample_has_no_interval() -> None:
    assert shown(proportion([1.0])) == "1.00" and "–" in shown(proportion([1.0, 0.0]))
