"""No order of starts, ends, cancellations, crashes and faults of Modal leaves a sandbox behind."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

import anyio
import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings
from modal_support import CPU, GPU

from seer_evals.environment import Environment
from seer_evals.sandboxes.modal_gpu import ModalSandbox, _end, _leases, _ledger, _settings
from tests.modal_emulator import Emulator
from tests.modal_emulator import faults as fault

LEASE = 2.0
WATCHDOG = 1.5
"""Seconds that a sandbox may take to notice that its lease is over, and the emulator to see it end."""

CREATE = st.sampled_from(["SandboxCreate", "SandboxCreateV2"])
END = st.sampled_from(["SandboxTerminate", "SandboxTerminateV2"])
TIMES = st.integers(1, 5)
FAULTS = st.one_of(
    st.builds(fault.LostResponse, method=CREATE | END, remembered=st.booleans(), times=TIMES),
    st.builds(fault.Unavailable, method=CREATE | END | st.just("TaskExecStart"), times=TIMES),
    st.builds(fault.Exhausted, method=CREATE | END, retry_after=st.sampled_from([None, 0.05])),
    st.builds(fault.NoCapacity, times=TIMES),
    st.builds(fault.SlowScheduling, seconds=st.sampled_from([0.2, 0.9]), times=TIMES),
    st.builds(fault.FailsToStart),
    st.builds(fault.SandboxEnds, cause=st.sampled_from(["killed", "oom", "evicted", "timeout"]), after=st.just(0.05)),
    st.builds(fault.Delay, seconds=st.sampled_from([0.02, 0.1]), times=st.just(20)),
)
MOMENTS = st.sampled_from([0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5])
LIVES = st.tuples(
    st.sampled_from(["run", "cancel the start", "interrupt", "vanish"]), st.sampled_from([CPU, GPU]), MOMENTS
)


@pytest.fixture(scope="module")
async def prepared(emulator: Emulator):  # type: ignore[no-untyped-def]
    with pytest.MonkeyPatch.context() as patch:
        await ModalSandbox.task_init("startup", CPU)
        patch.setenv(_settings.LEASE_VARIABLE, str(LEASE))
        patch.setenv(_settings.CAPACITY_VARIABLE, "0.6")
        patch.setenv(_settings.QUEUE_VARIABLE, "1")
        patch.setattr(_end, "_PAUSES", (0.0, 0.1, 0.2, 0.2))
        yield emulator


async def run(environment: Environment, moment: float) -> None:
    sandboxes = await ModalSandbox.sample_init("task", environment, {})
    try:
        await sandboxes["default"].exec(["true"])
    finally:
        await ModalSandbox.sample_cleanup("task", environment, sandboxes, False)


async def cancel_the_start(environment: Environment, moment: float) -> None:
    with anyio.move_on_after(moment):
        await run(environment, 0)


async def interrupt(environment: Environment, moment: float) -> None:
    sandboxes = await ModalSandbox.sample_init("task", environment, {})
    with anyio.move_on_after(moment) as scope:
        try:
            await sandboxes["default"].exec(["sleep", "60"])
        finally:
            await ModalSandbox.sample_cleanup("task", environment, sandboxes, scope.cancel_called)


async def vanish(environment: Environment, moment: float) -> None:
    """What a killed host does: nothing more."""
    for sandbox in (await ModalSandbox.sample_init("task", environment, {})).values():
        _leases.release(sandbox.as_type(ModalSandbox)._entry.name)


LIFE: dict[str, Callable[[Environment, float], Coroutine[Any, Any, None]]] = {
    "run": run,
    "cancel the start": cancel_the_start,
    "interrupt": interrupt,
    "vanish": vanish,
}


async def live(lives: list[tuple[str, Environment, float]], faults: list[fault.Fault], emulator: Emulator) -> None:
    """Live all the lives at once while Modal has all the faults."""
    for each in faults:
        emulator.faults.add(each)
    began = [LIFE[name](environment, moment) for name, environment, moment in lives]
    results = await asyncio.gather(*began, return_exceptions=True)
    emulator.faults.clear()
    for result in results:
        # What cannot be had is said in the words of Inspect's contract, and nothing else is ever said.
        assert result is None or type(result).__name__ in ("SandboxUnavailableError",), result


async def nothing_is_left(emulator: Emulator) -> None:
    deadline = time.monotonic() + LEASE + WATCHDOG
    while emulator.sandboxes():
        assert time.monotonic() < deadline, emulator.sandboxes()
        await asyncio.sleep(0.02)
    for entry in _ledger.entries():
        _ledger.close_entry(entry)
    _end._given_up.clear()


async def hold_to_it(emulator: Emulator, examples: int) -> None:
    loop = asyncio.get_running_loop()

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(st.lists(LIVES, min_size=1, max_size=8), st.lists(FAULTS, max_size=3))
    def check(lives: list[tuple[str, Environment, float]], faults: list[fault.Fault]) -> None:
        async def example() -> None:
            await live(lives, faults, emulator)
            await nothing_is_left(emulator)

        asyncio.run_coroutine_threadsafe(example(), loop).result()

    await asyncio.to_thread(check)


@pytest.mark.slow
async def test_nothing_is_left_after_any_of_many_lives(prepared: Emulator) -> None:
    await hold_to_it(prepared, 20)


@pytest.mark.slow
@pytest.mark.timeout(3600)
async def test_nothing_is_left_after_any_of_very_many_lives(prepared: Emulator) -> None:
    await hold_to_it(prepared, 500)
