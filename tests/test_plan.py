"""`seer plan`: what a task would start, for how long and for how much, and nothing is started."""

import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from seer_evals.cli import main
from seer_evals.costs import _costs, costs_of
from seer_evals.costs._table import dollars, duration
from seer_evals.sandboxes.modal_gpu import _budget, _rates
from tests.modal_emulator import Emulator
from tests.modal_emulator.fixtures import modal_emulator

__all__ = ["modal_emulator"]

COMMIT = "11c9b309abf73637e4b6f9a3fa1e92e615547819"
TASK = f"""
from inspect_ai import Task, task
from seer_evals.environment import Environment, FileSpec, ModelSpec, RepoSpec, ScopedSpec
from seer_evals.lab import lab_sample
from seer_evals.lab.interfaces import WHITEBOX

@task
def study(gpu: str | list[str] = "H100", sandbox: str = "modal_gpu") -> Task:
    kinds = (gpu,) if isinstance(gpu, str) else tuple(gpu)
    hub = ModelSpec(hub="org/base", revision="{COMMIT}", adapter="org/adapter", adapter_revision="{COMMIT}")
    repo = RepoSpec(url="org/code", commit="abc")
    files = (FileSpec(source=__file__, target="x"),)
    scoped = ScopedSpec(name="vault", interface=str(WHITEBOX), gpu=("T4",))
    large = Environment(gpu=kinds, gpu_count=2, cpu=4, memory=8192, models=(hub,), repos=(repo,), files=files)
    small = Environment(scoped=(scoped,), packages=("numpy",), timeout=600)
    samples = [lab_sample("?", large, id=f"large-{{n}}", sandbox=sandbox) for n in range(3)]
    return Task(dataset=[*samples, lab_sample("?", small, id="small", sandbox=sandbox)], epochs=2, time_limit=1800)
"""


@pytest.fixture(autouse=True)
def nothing_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in ("MODAL_TOKEN_ID", "MODAL_TOKEN_SECRET", _rates.VARIABLE, _budget.VARIABLE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MODAL_CONFIG_PATH", "/nonexistent/modal.toml")
    monkeypatch.setenv("SEER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(_rates, "FILE", tmp_path / "modal_rates.yaml")
    _budget.forget()
    yield
    _budget.forget()


@pytest.fixture
def study(tmp_path: Path) -> str:
    (path := tmp_path / "study.py").write_text(TASK)
    return str(path)


async def test_samples_with_the_same_sandboxes_are_one_line(modal_emulator: Emulator, study: str) -> None:
    (costs,) = await costs_of(study, {})
    assert [(group.provider, group.samples, group.epochs) for group in costs.groups] == [
        ("modal_gpu", 3, 2),
        ("modal_gpu", 1, 2),
    ]
    large, small = (group.estimate for group in costs.groups)
    assert large and [(name, need.gpus, need.gpu_count) for name, need in large.needs] == [("default", ("H100",), 2)]
    assert small and [(name, need.gpus) for name, need in small.needs] == [("default", ()), ("vault", ("T4",))]
    assert (large.lifetime, small.lifetime) == (3600, 600)
    assert costs.problems == ()


async def test_the_bound_is_every_sandbox_to_its_end(modal_emulator: Emulator, study: str) -> None:
    (costs,) = await costs_of(study, {})
    large = 2 * Decimal("4.00") + 4 * Decimal("0.15") + 8 * Decimal("0.03")
    idle = Decimal("0.125") * Decimal("0.15") + Decimal("0.125") * Decimal("0.03")
    # Beside a GPU there are two cores and 16 GiB, where nothing is said.
    small = (idle + Decimal("0.60") + 2 * Decimal("0.15") + 16 * Decimal("0.03")) / 6
    assert costs.groups[0].at_most == 3 * 2 * large
    assert costs.groups[1].at_most == pytest.approx(1 * 2 * small)
    assert (costs.preparations, costs.preparing) == (3, 3 * idle)
    assert costs.at_most == pytest.approx(6 * large + 2 * small + 3 * idle)


async def test_nothing_is_started_or_made(modal_emulator: Emulator, study: str) -> None:
    await costs_of(study, {})
    asked = {"WorkspaceNameLookup", "WorkspaceBillingRates", "AppGetOrCreate", "AuthTokenGet", "ClientHello"}
    assert set(modal_emulator.calls.by_method) <= asked
    assert modal_emulator.calls["WorkspaceBillingRates"] > 0


async def test_parameters_limit_and_epochs_are_the_run_s_own(modal_emulator: Emulator, study: str) -> None:
    (costs,) = await costs_of(study, {"gpu": ["T4", "L4"]}, limit=2, epochs=5)
    (group,) = costs.groups
    assert (group.samples, group.epochs) == (2, 5)
    assert group.estimate and group.estimate.needs[0][1].gpus == ("T4", "L4")


async def test_what_is_fetched_is_named_with_its_revision(modal_emulator: Emulator, study: str) -> None:
    (costs,) = await costs_of(study, {})
    assert costs.fetched.downloaded == (f"org/base@{COMMIT}", f"org/adapter@{COMMIT}", "org/code@abc")
    assert [os.path.normpath(path) for path in costs.fetched.copied] == [study] and costs.fetched.packages == ("numpy",)


def test_what_is_wrong_is_said_beside_the_plan(
    modal_emulator: Emulator, study: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", study, "-T", "gpu=A100-80"]) == 1
    printed = " ".join(capsys.readouterr().out.split())
    assert "did you mean 'A100-80GB'?" in printed and "What it costs is unknown" in printed


def test_the_sum_is_printed(modal_emulator: Emulator, study: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", study]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "At most $ 53.58 for sandboxes" in printed and "Modal, for this workspace" in printed


def test_without_a_token_the_plan_is_there_and_its_cost_is_unknown(
    study: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["plan", study]) == 1
    printed = " ".join(capsys.readouterr().out.split())
    assert "H100" in printed and "modal setup" in printed
    assert "unknown" in printed and "$" not in printed


def test_without_a_token_a_file_of_rates_will_do(
    study: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rates = "{gpu_hour_cost_h100: 4, cpu_hour_cost_sandbox: 0.15, mem_gib_hour_cost_sandbox: 0.03}"
    (tmp_path / "modal_rates.yaml").write_text(f"date: 2026-11-20\nsource: my bill\nrates: {rates}")
    main(["plan", study, "--limit", "3"])
    printed = " ".join(capsys.readouterr().out.split())
    assert "Rates: my bill, 2026-11-20" in printed and "At most $ 53.07" in printed


def test_this_machine_costs_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "seer_evals/hidden_preference", "-T", "seeds=101"]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "The sandboxes cost nothing: it is this machine" in printed
    assert "preference-llama-101, preference-llama-101-twin" in printed


async def test_what_another_provider_costs_is_unknown() -> None:
    assert _costs.Group("daytona", 3, 1).at_most is None
    assert _costs.Group("workstation", 3, 1).at_most == 0


async def test_a_task_for_docker_can_be_planned_for_modal(modal_emulator: Emulator, tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services: {a: {image: python, x-modal: {gpu: L4, timeout: 60}}}")
    text = "from inspect_ai import Task, task\n\n@task\ndef one() -> Task:\n    return Task(sandbox='docker')\n"
    (tmp_path / "one.py").write_text(text)
    (costs,) = await costs_of(str(tmp_path / "one.py"), {}, sandbox="modal_gpu")
    (group,) = costs.groups
    assert group.estimate and group.estimate.needs[0][1].gpus == ("L4",) and group.estimate.lifetime == 60


def test_a_task_that_is_not_there_is_said_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "no/such/task.py"]) == 2
    assert "there is no task in 'no/such/task.py'" in capsys.readouterr().err


def test_what_the_task_refuses_is_passed_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "seer_evals/hidden_preference", "-T", "sandbox=nowhere"]) == 2
    assert "unknown sandbox 'nowhere'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (45, "45 s"), (600, "10 min"), (5400, "1 h 30 min"), (86400, "24 h")]
)
def test_a_duration_is_said_in_hours_and_minutes(seconds: int, words: str) -> None:
    assert duration(seconds) == words


def test_a_bound_is_never_rounded_down() -> None:
    assert dollars(Decimal("0.001")) == "$ 0.01" and dollars(Decimal(0)) == "$ 0.00" and dollars(None) == "unknown"
