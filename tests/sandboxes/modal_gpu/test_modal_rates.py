"""Where rates come from: Modal, else a file with a date and a source, else nowhere."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from seer_evals.sandboxes.modal_gpu import _rates
from seer_evals.sandboxes.modal_gpu._gpus import GPUS
from tests.modal_emulator import Emulator
from tests.modal_emulator.faults import Refused

FILE = """
date: 2026-11-20
source: modal billing rates --json
rates:
  gpu_hour_cost_h100: 4.05
  cpu_hour_cost_sandbox: "0.15"
"""


@pytest.fixture(autouse=True)
def no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, emulator: Emulator) -> Iterator[None]:
    monkeypatch.delenv(_rates.VARIABLE, raising=False)
    monkeypatch.setattr(_rates, "FILE", tmp_path / "modal_rates.yaml")
    yield
    emulator.faults.clear()


@pytest.fixture
def without_token(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MODAL_TOKEN_ID", "MODAL_TOKEN_SECRET"):
        monkeypatch.delenv(name)


async def test_modal_is_asked_first(tmp_path: Path) -> None:
    (tmp_path / "modal_rates.yaml").write_text(FILE)
    found = await _rates.current()
    assert found.source == _rates.API and found.date is not None
    assert found.gpu("H100") == Decimal("4.00") and found.gpu("A10") == Decimal("1.10")
    assert found.cpu() == Decimal("0.15") and found.memory() == Decimal("0.03")


@pytest.mark.parametrize("kind", list(GPUS))
async def test_every_gpu_has_a_rate(kind: str) -> None:
    rate = (await _rates.current()).gpu(kind)
    assert rate and rate > 0


async def test_a_token_that_may_not_ask_leaves_it_to_the_file(tmp_path: Path, emulator: Emulator) -> None:
    (tmp_path / "modal_rates.yaml").write_text(FILE)
    emulator.faults.add(Refused(method="WorkspaceBillingRates"))
    found = await _rates.current()
    assert str(found) == "modal billing rates --json, 2026-11-20"
    assert found.gpu("H100") == Decimal("4.05") and found.gpu("H100:2") == Decimal("4.05")


async def test_what_the_file_does_not_say_is_not_known(
    without_token: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(_rates.VARIABLE, str(tmp_path / "mine.yaml"))
    (tmp_path / "mine.yaml").write_text(FILE)
    found = await _rates.current()
    assert found.cpu() == Decimal("0.15")
    assert found.gpu("T4") is None and found.memory() is None


async def test_without_any_source_rates_are_unknown_and_it_is_said_why(without_token: None, tmp_path: Path) -> None:
    found = await _rates.current()
    assert found.rates == {} and found.cpu() is None
    assert "no Modal token" in str(found) and str(tmp_path / "modal_rates.yaml") in str(found)


async def test_a_refusal_is_among_the_reasons(emulator: Emulator) -> None:
    emulator.faults.add(Refused(method="WorkspaceBillingRates"))
    assert "PermissionDeniedError" in str(await _rates.current())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("source: x\nrates: {}", "have no date"),
        ("date: 2026-11-20\nrates: {}", "source"),
        ("date: 2026-11-20\nsource: x\nrates: {cpu_hour_cost_sandbox: -1}", "greater than or equal to 0"),
        ("date: 2026-11-20\nsource: x\nrates: {cpu_hour_cost_sandbox: cheap}", "decimal"),
        ("date: 2026-11-20\nsource: x\nprices: {}", "prices"),
        ("nothing", "date"),
        ("{", "cannot be used"),
    ],
)
def test_a_wrong_file_is_refused_by_name(text: str, words: str, tmp_path: Path) -> None:
    (path := tmp_path / "rates.yaml").write_text(text)
    with pytest.raises(ValueError, match=words) as raised:
        _rates.read(path)
    assert str(path) in str(raised.value)


async def test_a_file_that_is_named_has_to_be_there(
    without_token: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(_rates.VARIABLE, str(tmp_path / "gone.yaml"))
    with pytest.raises(ValueError, match=r"gone\.yaml, which cannot be read"):
        await _rates.current()
