"""What a sample has cost is in its log, a budget stops new sandboxes, and a Secret of Modal reaches the agent."""

from decimal import Decimal

import modal
import pytest
from inspect_ai import Task, eval_async
from inspect_ai.dataset import Sample
from inspect_ai.event import InfoEvent
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.util import SandboxEnvironmentSpec, sandbox
from modal_support import GPU, PATH, running, sh

from seer_evals.environment import Environment
from seer_evals.sandboxes.modal_gpu import ModalSandbox, _budget, _ledger
from tests.modal_emulator import Emulator


@pytest.fixture(autouse=True)
def a_budget_of_its_own() -> None:
    _budget.forget()


@solver
def look() -> Solver:
    async def solve(state: TaskState, generate: Generate) -> TaskState:
        await sandbox().exec(["true"])
        return state

    return solve


@pytest.mark.slow
async def test_the_log_of_a_sample_says_what_its_sandbox_cost(emulator: Emulator) -> None:
    sample = Sample("look", sandbox=SandboxEnvironmentSpec("modal_gpu", GPU))
    (log,) = await eval_async(Task(dataset=[sample], solver=look()), model=None, log_dir="")
    assert log.status == "success" and log.samples
    (cost,) = [
        event.data
        for event in log.samples[0].events
        if isinstance(event, InfoEvent) and event.source == "modal_gpu cost" and isinstance(event.data, dict)
    ]
    assert isinstance(cost["seconds"], float) and isinstance(cost["dollars"], dict)
    assert (cost["gpu"], cost["gpu_count"], cost["sandbox"]) == ("T4", 1, "default")
    assert cost["dollars"]["gpu"] == pytest.approx(cost["seconds"] * 0.6 / 3600, abs=1e-6)
    assert str(cost["rates"]).startswith("Modal, for this workspace, ")


async def test_a_budget_that_is_used_up_starts_nothing(emulator: Emulator) -> None:
    async with running():
        _budget.budget().limit = Decimal("1e-9")
        spent = _budget.budget().spent()
        assert spent is not None and spent > Decimal(0)
        before, entries = emulator.calls.total("SandboxCreate", "SandboxCreateV2"), len(_ledger.entries())
        with pytest.raises(_budget.BudgetSpent, match="the budget is used up"):
            await ModalSandbox.sample_init("task", GPU, {})
        assert emulator.calls.total("SandboxCreate", "SandboxCreateV2") == before
        assert len(_ledger.entries()) == entries


async def test_a_secret_of_modal_is_a_variable_in_the_sandbox(emulator: Emulator) -> None:
    await modal.Secret.objects.create.aio("KEPT_ON_MODAL", {"KEPT_ON_MODAL": "a value"}, allow_existing=True)
    environment = Environment(env=(("PATH", PATH),), secrets=("KEPT_ON_MODAL",))
    async with running(environment) as one:
        assert await sh(one, "echo $KEPT_ON_MODAL") == "a value\n"
