"""Before anything is started: every reason at once, each with what to do."""

import json
from collections.abc import Iterator
from pathlib import Path

import modal
import pytest

from seer_evals.environment import Environment, ModelSpec, ScopedSpec
from seer_evals.inspect_private import PrerequisiteError
from seer_evals.sandboxes.modal_gpu import ModalSandbox, _budget, _rates, problems
from tests.modal_emulator import Emulator
from tests.modal_emulator.faults import Refused, Unavailable

COMMIT = "11c9b309abf73637e4b6f9a3fa1e92e615547819"


@pytest.fixture(autouse=True)
def nothing_is_started(emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setattr(_rates, "FILE", tmp_path / "modal_rates.yaml")
    _budget.forget()
    yield
    _budget.forget()
    emulator.faults.clear()
    started = ("SandboxCreate", "SandboxCreateV2", "ImageGetOrCreate", "VolumeGetOrCreate")
    assert emulator.calls.total(*started) == 0


async def only(environment: Environment) -> str:
    (problem,) = await problems(environment)
    return problem


async def test_what_modal_can_do_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FROM_HERE", "x")
    await modal.Secret.objects.create.aio("FROM_MODAL", {"FROM_MODAL": "x"}, allow_existing=True)
    model = ModelSpec(hub="org/name", revision=COMMIT, adapter="org/adapter", adapter_revision=COMMIT)
    secrets = ("FROM_HERE", "FROM_MODAL")
    assert await problems(Environment(gpu=("H100", "A100-80GB"), models=(model,), secrets=secrets)) == []


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        (Environment(gpu=("A100-80",)), ["'A100-80'", "did you mean 'A100-80GB'?"]),
        (Environment(gpu=("A10",), gpu_count=8), ["gpu_count 8", "at most 4"]),
        (Environment(timeout=100_000), ["timeout 100000", "86400"]),
        (Environment(packages=("!!",)), ["'!!'", "not a requirement"]),
        (Environment(processes=100), ["processes 100", "no such ceiling"]),
        (Environment(disk=100), ["disk 100", "no such ceiling"]),
        (Environment(secrets=("NOWHERE",)), ["NOWHERE", "modal secret create NOWHERE"]),
        (Environment(models=(ModelSpec(hub="org/name"),)), ["org/name", "pinned by revision", "has none"]),
        (Environment(models=(ModelSpec(hub="org/name", revision="main"),)), ["'main' can move"]),
        (
            Environment(models=(ModelSpec(hub="org/name", revision=COMMIT, adapter="org/a"),)),
            ["org/a", "pinned by adapter_revision"],
        ),
        (Environment(models=(ModelSpec(path="/no/model"),)), ["/no/model", "no config.json"]),
        (Environment(dockerfile="/no/Dockerfile"), ["/no/Dockerfile is no file"]),
    ],
)
async def test_what_modal_cannot_do_is_refused(environment: Environment, words: list[str]) -> None:
    problem = await only(environment)
    assert [word for word in words if word not in problem] == []


async def test_an_adapter_without_its_base_is_refused(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": "x"}))
    problem = await only(Environment(models=(ModelSpec(path=str(tmp_path)),)))
    assert "an adapter without a base" in problem and str(tmp_path) in problem


async def test_a_secret_on_modal_has_to_hold_a_variable_of_its_name() -> None:
    await modal.Secret.objects.create.aio("HALF", {"OTHER": "x"}, allow_existing=True)
    problem = await only(Environment(secrets=("HALF",)))
    assert "the Secret HALF on Modal cannot be used" in problem


async def test_without_a_token_it_is_said_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MODAL_TOKEN_ID")
    assert "modal setup" in await only(Environment())


async def test_a_token_that_is_not_accepted(emulator: Emulator) -> None:
    emulator.faults.add(Refused(method="WorkspaceNameLookup", status="UNAUTHENTICATED", times=1))
    problem = await only(Environment())
    assert "does not accept the token ak-emulated" in problem and "modal setup" in problem


async def test_a_token_that_lacks_a_permission(emulator: Emulator) -> None:
    emulator.faults.add(Refused(method="AppGetOrCreate"))
    problem = await only(Environment())
    assert "lacks a permission" in problem and "AppGetOrCreate" in problem


async def test_a_modal_that_does_not_answer(emulator: Emulator) -> None:
    emulator.faults.add(Unavailable(method="WorkspaceNameLookup", times=20))
    assert f"cannot be asked at {emulator.url}" in await only(Environment())


async def test_a_budget_without_rates_cannot_be_kept(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(_budget.VARIABLE, "20")
    emulator.faults.add(Refused(method="WorkspaceBillingRates"))
    assert "20 dollars, which cannot be kept" in await only(Environment())


async def test_all_reasons_are_given_at_once_and_once(emulator: Emulator) -> None:
    emulator.faults.add(Refused(method="AppGetOrCreate"))
    scoped = ScopedSpec(name="vault", interface="/no/x.py", gpu=("H1000",))
    environment = Environment(gpu=("H99",), models=(ModelSpec(hub="org/name"),), scoped=(scoped,), timeout=100_000)
    with pytest.raises(PrerequisiteError) as raised:
        await ModalSandbox.task_init("startup", environment)
    message = str(raised.value.message)
    wanted = ("'H99'", "org/name", "/no/x.py", "'H1000'", "timeout 100000", "lacks a permission")
    assert [word for word in wanted if message.count(word) != 1] == []


async def test_a_compose_file_that_says_too_much_is_refused_before_the_start(tmp_path: Path) -> None:
    (path := tmp_path / "compose.yaml").write_text("services: {a: {image: b, privileged: true}}")
    with pytest.raises(PrerequisiteError, match="privileged True"):
        await ModalSandbox.task_init("startup", str(path))
