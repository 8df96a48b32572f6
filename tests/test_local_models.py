"""`seer/…`: the pretrained model for any role, and what it breaks as the weakest of all auditors."""

from collections.abc import Callable
from pathlib import Path

import pytest
from inspect_ai import eval
from inspect_ai.log import EvalLog
from inspect_ai.model import ChatMessageUser, GenerateConfig, get_model
from inspect_ai.solver import Solver

from seer_evals.solvers import single_agent, text_protocol
from seer_evals.tasks import hidden_preference


def test_what_is_not_on_a_pretrained_model_belongs_into_a_laboratory() -> None:
    with pytest.raises(ValueError, match="-T organisms=preference-llama-101"):
        get_model("seer/preference-llama-101", memoize=False)


def test_what_was_not_fetched_is_said_with_its_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEER_CACHE", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="seer models get smollm2"):
        get_model("seer/smollm2", memoize=False)


@pytest.mark.slow
async def test_it_speaks_and_says_what_it_used(smollm2: Path) -> None:
    found = await get_model("seer/smollm2").generate([ChatMessageUser(content="Hello! How are you?")])
    assert len(found.completion.split()) >= 3
    assert found.usage and 0 < found.usage.output_tokens <= 256


@pytest.mark.slow
async def test_a_conversation_without_room_for_an_answer_ends(smollm2: Path) -> None:
    config = GenerateConfig(max_tokens=8)
    found = await get_model("seer/smollm2").generate([ChatMessageUser(content="word " * 9000)], config=config)
    assert found.stop_reason == "model_length"


def investigated(solver: Solver, folder: Path) -> EvalLog:
    """One organism, with the small model as auditor and as judge."""
    roles = {"auditor": "seer/smollm2", "judge": "seer/smollm2"}
    task = hidden_preference(families="preference", seeds=[101], controls=False)
    return eval(task, model="none", model_roles=roles, solver=solver, log_dir=str(folder), display="none")[0]


@pytest.mark.slow
@pytest.mark.parametrize("harness", [single_agent, text_protocol])
def test_the_weakest_auditor_breaks_nothing_and_gets_nothing_for_it(
    harness: Callable[..., Solver], smollm2: Path, tmp_path: Path
) -> None:
    log = investigated(harness(max_turns=2), tmp_path)
    assert log.status == "success" and log.samples
    (sample,) = log.samples
    assert sample.error is None and sample.scores and sample.scores["alias_match"].value != 1
