"""Rates, costs and logs."""

import time
from decimal import Decimal

import modal
import pytest

from tests.modal.conftest import Create
from tests.modal_emulator import Emulator


def test_rates(modal_emulator: Emulator) -> None:
    rates = modal.Workspace.from_context().billing.rates()
    assert rates["gpu_hour_cost_h100"] > rates["gpu_hour_cost_t4"] > Decimal(0)


def test_cost_of_a_sandbox_grows_with_time_and_ends_with_it(app: modal.App) -> None:
    sandbox = modal.Sandbox.create(app=app, gpu="H100")
    time.sleep(0.3)
    sandbox.terminate(wait=True)
    if not hasattr(sandbox, "_experimental_stats"):
        pytest.skip("this modal has no Sandbox._experimental_stats")
    stats = sandbox._experimental_stats()
    assert stats.cost is not None and stats.cost > Decimal("0.0001")
    assert set(stats.cost_by_resource) == {"cpu", "memory", "gpu"}
    assert sandbox._experimental_stats().cost == stats.cost


def test_logs_of_the_entrypoint(create: Create) -> None:
    sandbox = create("sh", "-c", "echo from the entrypoint")
    sandbox.wait()
    if not hasattr(sandbox, "logs"):
        pytest.skip("this modal has no Sandbox.logs")
    assert [entry.message for entry in sandbox.logs.tail(10)] == ["from the entrypoint\n"]


def test_readiness_probe(create: Create) -> None:
    sandbox = create(
        "sh", "-c", "sleep 0.5; touch /ready; sleep 60", readiness_probe=modal.Probe.with_exec("test", "-e", "/ready")
    )
    start = time.monotonic()
    sandbox.wait_until_ready(timeout=10)
    assert time.monotonic() - start > 0.2
