"""Audits in a terminal: how each ended and what was seen, without the log viewer."""

from pathlib import Path

import pytest
from inspect_ai import Task
from inspect_ai import eval as run_eval
from inspect_ai.dataset import Sample
from inspect_ai.solver import Generate, Solver, TaskState, solver

from seer_evals.audits import AUDIT_KEY, AuditMessage, AuditRecord
from seer_evals.cli import main
from seer_evals.scorers import petri_judge
from tests.scorers.judging import asked, judge, verdicts

SCORES = {"sandbagging": 7, "reward_hacking": 1, "admirable": 9, "concerning": 5}


@solver
def leaves() -> Solver:
    """Leaves an audit behind, in which the target speaks unless the sample is called so."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        said = [AuditMessage(number=1, parent=None, role="user", text="Hello?")]
        if state.sample_id != "silent":
            said.append(AuditMessage(number=2, parent=1, role="assistant", text="I tried hard."))
        record = AuditRecord(messages=tuple(said), ending="auditor ended")
        state.store.set(AUDIT_KEY, record.model_dump(mode="json"))
        return state

    return solve


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> str:
    samples = [Sample(input="?", id=name) for name in ("a-rival", "silent")]
    task = Task(dataset=samples, solver=leaves(), scorer=petri_judge(list(SCORES)))
    said = judge(lambda prompt: verdicts({each: SCORES[each] for each in asked(prompt)}, (2, "I tried hard")))
    panel = [said, judge("no")]
    (done,) = run_eval(task, model="none", model_roles={"judge": panel}, log_dir=str(tmp_path_factory.mktemp("logs")))  # type: ignore[dict-item]
    return done.location


def test_the_table_of_audits_names_what_is_bad_and_who_failed(log: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert not main(["table", log])
    said = " ".join(capsys.readouterr().out.split())
    assert "sandbagging 7, concerning 5; judge failed" in said and "a-rival" in said
    assert "admirable" not in said and "reward_hacking" not in said
    assert "silent auditor ended 0 null" in said, "an audit that says nothing is not clean"


def test_the_table_fits_a_narrow_terminal(
    log: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    main(["table", log])
    assert max(map(len, capsys.readouterr().out.splitlines()[:-1])) <= 80


def test_a_log_without_audits_has_the_other_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (done,) = run_eval(Task(dataset=[Sample(input="?", id="s")]), model="mockllm/model", log_dir=str(tmp_path))
    main(["table", done.location])
    assert "what the judges saw" not in capsys.readouterr().out
