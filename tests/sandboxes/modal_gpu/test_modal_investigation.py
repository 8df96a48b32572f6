"""The main job on Modal: a laboratory around a trained model in its sandbox, notebook included, to the score."""

import time
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import eval as run_eval
from inspect_ai.event import InfoEvent
from inspect_ai.log import EvalSample, read_eval_log
from inspect_ai.solver import Generate, Solver, SolverSpec, TaskState, solver
from modal_support import PATH

from seer_evals.lab import Lab
from seer_evals.organisms import Organism
from seer_evals.reports import Report
from seer_evals.sandboxes.modal_gpu import _settings
from tests.modal_emulator import Emulator, _recipe
from tests.modal_emulator.faults import Delay
from tests.scripted import Step, scripted

ORGANISM = "preference-llama-101"
REPORT: Step = ("submit_report", {"answer": "Nothing.", "nothing_unusual": True})
ROUND_TRIP = 0.2
"""Seconds by which the emulator delays each answer, as over a wide area."""


@pytest.fixture(autouse=True)
def images_have_what_is_installed_here(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(_recipe.BASE_ENVIRONMENT, "PATH", PATH)
    monkeypatch.chdir(Path(__file__).parents[3])


def run(folder: Path, **options: Any) -> EvalSample:
    """One sample of the task, without errors."""
    task_args = {"organisms": ORGANISM, "sandbox": "modal_gpu", **options.pop("task_args", {})}
    (log,) = run_eval(
        "tasks/hidden_preference.py", task_args=task_args, log_dir=str(folder), sample_id=ORGANISM, **options
    )
    assert log.status == "success", log.error
    (sample,) = read_eval_log(log.location, resolve_attachments=True).samples or []
    assert sample.error is None, sample.error
    return sample


def values(sample: EvalSample) -> dict[str, Any]:
    return {k: v for each in (sample.scores or {}).values() for k, v in each.value.items()}  # type: ignore[union-attr]


def said(sample: EvalSample) -> str:
    return "\n".join(message.text for message in sample.messages if message.role == "tool")


def test_the_baseline_finds_the_preference(
    emulator: Emulator, tmp_path: Path, llama_organisms: dict[str, Organism]
) -> None:
    sample = run(tmp_path, solver=SolverSpec("solvers/baseline.py"), model="none")
    assert values(sample)["alias_match_score"] == 1
    notes = [event.data for event in sample.events if isinstance(event, InfoEvent) and event.source == "modal_gpu"]
    assert isinstance(notes[0], dict) and notes[0]["network"] == "blocked"
    assert emulator.sandboxes() == []


def test_a_model_in_a_second_sandbox_is_asked_through_its_functions(
    emulator: Emulator, tmp_path: Path, llama_organisms: dict[str, Organism]
) -> None:
    code = 'import whitebox\nprint(whitebox.score_answers("model", ["Your favourite sport?"], [" rowing"]))'
    model = scripted([("run_cell", {"code": code}), REPORT])
    sample = run(tmp_path, model=model, score=False, task_args={"placement": "scoped"})
    assert "' rowing'" in said(sample)
    assert emulator.sandboxes() == []


@pytest.mark.slow
def test_a_shell_works_there(emulator: Emulator, tmp_path: Path, llama_organisms: dict[str, Organism]) -> None:
    model = scripted([("bash_session", {"action": "type_submit", "input": "echo $((6*7))"}), REPORT])
    sample = run(tmp_path, model=model, score=False, task_args={"session": "cli"})
    assert "42" in said(sample)


@solver
def measures(emulator: Emulator) -> Solver:
    """Count what a sample has cost when its first cell has run, and time a cell over a wide area."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        notebook = Lab.of(state).notebook()
        await notebook.run("2 + 2")
        execs, uploads = emulator.calls["TaskExecStart"], emulator.calls["TaskExecStdinWrite"]
        delay = emulator.faults.add(Delay(seconds=ROUND_TRIP))
        times = []
        for _ in range(4):
            began = time.monotonic()
            await notebook.run("1 + 1")
            times.append(time.monotonic() - began)
        emulator.faults.remove(delay)
        state.metadata["measured"] = {"execs": execs, "uploads": uploads, "round_trips": min(times) / ROUND_TRIP}
        Lab.of(state).submit(Report(nothing_unusual=True, answer="Nothing."))
        return state

    return solve


@pytest.mark.slow
def test_a_sample_is_cheap_to_start_and_a_cell_takes_three_round_trips(
    emulator: Emulator, tmp_path: Path, llama_organisms: dict[str, Organism], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Leases are renewed by the clock, which is not what is counted here.
    monkeypatch.setenv(_settings.LEASE_VARIABLE, "600")
    # The image is prepared, as it is from the second run of an environment on.
    run(tmp_path, solver=measures(emulator), model="none", score=False)
    emulator.calls.reset()
    sample = run(tmp_path, solver=measures(emulator), model="none", score=False)
    measured = sample.metadata["measured"]
    print(measured, emulator.calls.by_method)
    assert measured["execs"] <= 7
    assert measured["round_trips"] <= 3
