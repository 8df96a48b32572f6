"""Seconds times rates, and a budget that many ask at once."""

import datetime
import threading
from decimal import Decimal

import pytest

from seer_evals.environment import Environment, ScopedSpec
from seer_evals.sandboxes.modal_gpu._budget import VARIABLE, Budget, BudgetSpent, limit
from seer_evals.sandboxes.modal_gpu._cost import Cost, at_most, cost, need, needs
from seer_evals.sandboxes.modal_gpu._rates import Rates, unknown

RATES = Rates(
    date=datetime.date(2026, 11, 20),
    source="test",
    rates={
        "gpu_hour_cost_h100": Decimal("4"),
        "gpu_hour_cost_t4": Decimal("0.6"),
        "cpu_hour_cost": Decimal("0.05"),
        "cpu_hour_cost_sandbox": Decimal("0.2"),
        "mem_gib_hour_cost_sandbox": Decimal("0.03"),
    },
)
WITHOUT_RATES = unknown("nobody knows")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_cost_is_seconds_times_the_rates_of_what_is_held() -> None:
    held = need(("H100",), 2, cpu=4, memory=2048)
    assert cost(held, "H100", 1800, RATES) == Cost(gpu=Decimal(4), cpu=Decimal("0.4"), memory=Decimal("0.03"))


def test_a_sandbox_pays_a_sandbox_s_rate_for_cores() -> None:
    assert cost(need(cpu=1), None, 3600, RATES).cpu == Decimal("0.2")


def test_modal_reserves_an_eighth_of_a_core_where_nothing_is_said() -> None:
    assert cost(need(), None, 3600, RATES) == Cost(Decimal(0), Decimal("0.025"), Decimal("0.00375"))


def test_a_bound_is_for_the_dearest_gpu_that_one_may_get() -> None:
    either = need(("T4", "H100"))
    assert at_most(either, 3600, RATES).gpu == Decimal(4)
    assert at_most(need(("T4",)), 3600, RATES).gpu == Decimal("0.6")


@pytest.mark.parametrize("kinds", [("T4", "B200"), ("B200", "T4")])
def test_a_rate_that_is_not_known_makes_the_bound_unknown_and_never_nothing(kinds: tuple[str, ...]) -> None:
    assert at_most(need(kinds), 3600, RATES).total is None
    assert at_most(need(), 3600, WITHOUT_RATES).total is None


def test_scoped_sandboxes_hold_gpus_of_their_own() -> None:
    scoped = ScopedSpec(name="vault", interface="x.py", gpu=("T4",))
    held = needs(Environment(gpu=("H100",), gpu_count=2, cpu=8, scoped=(scoped,)))
    assert list(held) == ["default", "vault"]
    assert (held["default"].gpus, held["default"].gpu_count, held["vault"].gpus) == (("H100",), 2, ("T4",))


def test_the_clock_runs_from_the_start_of_a_sandbox_to_its_end() -> None:
    clock = Clock()
    budget = Budget(None, RATES, clock)
    budget.open("a", need(("T4", "H100")))
    clock.now = 500
    budget.start("a", "H100")
    clock.now = 500 + 900
    assert budget.spent() == pytest.approx(Decimal("1.22"))
    budget.end("a")
    clock.now = 5000
    budget.end("a")
    found = budget.record("a")
    assert found and (found["gpu"], found["gpu_count"], found["seconds"]) == ("H100", 1, 900)
    assert found["dollars"] == {"gpu": 1.0, "cpu": 0.1, "memory": 0.12, "total": 1.22}
    assert "test, 2026-11-20" in found["rates"]


def test_what_never_started_has_cost_nothing() -> None:
    clock = Clock()
    budget = Budget(None, RATES, clock)
    budget.open("a", need(("H100",)))
    clock.now = 600
    budget.end("a")
    found = budget.record("a")
    assert found and found["seconds"] == 0 and budget.spent() == 0


def test_an_unknown_cost_is_written_down_as_unknown() -> None:
    budget = Budget(None, WITHOUT_RATES, Clock())
    budget.open("a", need(("H100",)))
    budget.start("a", "H100")
    found = budget.record("a")
    assert found and found["dollars"]["gpu"] is None and found["dollars"]["total"] is None
    assert budget.spent() is None


def test_a_budget_that_is_used_up_refuses_new_sandboxes_and_says_so() -> None:
    clock = Clock()
    budget = Budget(Decimal(2), RATES, clock)
    budget.open("a", need(("H100",)))
    budget.start("a", "H100")
    clock.now = 900
    budget.open("b", need(("T4",)))
    clock.now = 1800
    with pytest.raises(BudgetSpent, match=r"2.44 of 2 dollars"):
        budget.open("c", need(("T4",)))
    assert budget.record("c") is None


def test_a_budget_without_rates_cannot_be_kept() -> None:
    with pytest.raises(BudgetSpent, match=r"cannot be kept: .*nobody knows"):
        Budget(Decimal(2), WITHOUT_RATES).open("a", need())


def test_a_sandbox_whose_rate_is_missing_is_refused_before_it_starts() -> None:
    with pytest.raises(BudgetSpent, match="a rate is not known"):
        Budget(Decimal(2), RATES).open("a", need(("B200",)))


def test_the_budget_is_kept_by_many_threads() -> None:
    clock = Clock()
    budget = Budget(Decimal(1), RATES, clock)
    together = threading.Barrier(16)

    def live(name: str) -> None:
        together.wait()
        budget.open(name, need(("T4",)))
        budget.start(name, "T4")

    threads = [threading.Thread(target=live, args=(str(number),)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    clock.now = 360
    each = cost(need(("T4",)), "T4", 360, RATES).total
    assert each and budget.spent() == 16 * each


@pytest.mark.parametrize(("text", "dollars"), [("", None), ("0", 0), ("20", 20), ("1.5", Decimal("1.5"))])
def test_a_budget_is_a_number_of_dollars(text: str, dollars: Decimal | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, text)
    assert limit() == dollars


@pytest.mark.parametrize("text", ["$20", "-1", "nan", "inf"])
def test_what_is_no_number_of_dollars_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, text)
    with pytest.raises(ValueError, match="number of dollars"):
        limit()
