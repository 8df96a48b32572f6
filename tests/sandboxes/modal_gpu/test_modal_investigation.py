"""The main job on Modal: a laboratory around a trained model in its sandbox, notebook included, to the score."""

from pathlib import Path
from typing import Any

import pytest
from inspect_ai import eval as run_eval
from inspect_ai.event import InfoEvent
from inspect_ai.solver import SolverSpec
from modal_support import PATH

from seer_evals.organisms import Organism
from tests.modal_emulator import Emulator, _recipe

ORGANISM = "preference-llama-101"


@pytest.fixture(autouse=True)
def images_have_what_is_installed_here(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(_recipe.BASE_ENVIRONMENT, "PATH", PATH)
    monkeypatch.chdir(Path(__file__).parents[3])


@pytest.mark.parametrize("placement", ["kernel", "scoped"])
def test_the_baseline_finds_the_preference(
    emulator: Emulator, tmp_path: Path, llama_organisms: dict[str, Organism], placement: str
) -> None:
    arguments = {"organisms": ORGANISM, "sandbox": "modal_gpu", "placement": placement}
    (log,) = run_eval(
        "tasks/hidden_preference.py",
        task_args=arguments,
        solver=SolverSpec("solvers/baseline.py"),
        model="none",
        log_dir=str(tmp_path),
    )
    assert log.status == "success", log.error
    sample = next(sample for sample in log.samples or [] if sample.id == ORGANISM)
    assert sample.error is None and sample.scores is not None
    values: dict[str, Any] = {k: v for each in sample.scores.values() for k, v in each.value.items()}  # type: ignore[union-attr]
    print(values, sample.total_time)
    assert values["alias_match_score"] == 1
    notes = [event.data for event in sample.events if isinstance(event, InfoEvent) and event.source == "modal_gpu"]
    assert len(notes) >= 1
    assert emulator.sandboxes() == []
