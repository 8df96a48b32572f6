"""What a sample costs to start on Modal, and a cell over a wide area: `python -m benchmarks.modal_start`.

The real `modal` client talks to the emulator in `tests/modal_emulator`, so the figures are counts (remote calls,
commands, bytes) and round trips. Seconds are this machine's and say nothing about Modal.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks._report import machine
from seer_evals.environment import Environment, ModelSpec
from seer_evals.lab._open import _place_all, _preload
from seer_evals.lab.notebook import NotebookSession, open_notebook
from seer_evals.sandboxes.modal_gpu import ModalSandbox, _settings
from tests.modal_emulator import PYTHON, Emulator, why_no_namespaces
from tests.modal_emulator.faults import Delay

ROUND_TRIP = 0.05
CELLS = 20
AT_ONCE = 32
PATH = f"{PYTHON}/bin:{Path(sys.executable).parent}:{os.environ['PATH']}"
ENVIRONMENT = Environment(
    gpu=("T4",), env=(("PATH", PATH),), models=(ModelSpec(organism="preference-llama-101", hidden=True),)
)


@dataclass(frozen=True)
class Cost:
    """What was asked of Modal."""

    name: str
    calls: int
    execs: int
    sent: int
    """Bytes, of all messages and uploads."""
    largest: tuple[str, int]
    """The method, or `PUT` for uploads over HTTP, that most bytes went through."""
    seconds: float

    @classmethod
    def since(cls, name: str, emulator: Emulator, began: float) -> "Cost":
        """What has been counted since the counters were reset at `began`."""
        received: Mapping[str, int] = emulator.calls.received
        largest = max(received.items(), key=lambda item: item[1])
        execs = emulator.calls["TaskExecStart"]
        return cls(name, emulator.calls.total(), execs, sum(received.values()), largest, time.monotonic() - began)


async def start() -> tuple[dict[str, Any], NotebookSession]:
    """A sample as Inspect and `open_lab` start it, up to its first executed cell."""
    from seer_evals.inspect_private import sandbox_default_context_var, sandbox_environments_context_var

    boxes = await ModalSandbox.sample_init("benchmark", ENVIRONMENT, {})
    sandbox_environments_context_var.set(boxes)
    sandbox_default_context_var.set("default")
    box = boxes["default"].as_type(ModalSandbox)
    placed = await _place_all(ENVIRONMENT)
    folder = Path(tempfile.mkdtemp())
    preload = _preload(placed["kernel"], box.layout)
    session = await open_notebook(box, box.layout, path=folder / "main.ipynb", preload=preload)
    result = await session.run("2 + 2")
    assert result.status == "ok"
    return boxes, session


async def measure(emulator: Emulator) -> list[Cost]:
    """A first sample with nothing prepared, and a second one."""
    costs = []
    for name in ("nothing prepared", "prepared", "prepared, once more"):
        emulator.calls.reset()
        began = time.monotonic()
        await ModalSandbox.task_init("benchmark", ENVIRONMENT)
        if name != "nothing prepared":
            emulator.calls.reset()
            began = time.monotonic()
        boxes, session = await start()
        costs.append(Cost.since(name, emulator, began))
        if name == "prepared, once more":
            await cells(emulator, session)
        await ModalSandbox.sample_cleanup("benchmark", ENVIRONMENT, boxes, False)
    return costs


async def cells(emulator: Emulator, session: NotebookSession) -> None:
    """A cell with and without a delay of every remote call."""
    near = [await timed(session) for _ in range(CELLS)]
    delay = emulator.faults.add(Delay(seconds=ROUND_TRIP))
    far = [await timed(session) for _ in range(CELLS)]
    emulator.faults.remove(delay)
    trips = (statistics.median(far) - statistics.median(near)) / ROUND_TRIP
    times = f"{statistics.median(near) * 1e3:.0f} ms; {statistics.median(far) * 1e3:.0f} ms"
    print(f'\n`run_cell("1+1")`: {times} with every remote call {ROUND_TRIP * 1e3:.0f} ms later:')
    print(f"{trips:.1f} round trips more (medians of {CELLS})")


async def timed(session: NotebookSession) -> float:
    """Seconds of one cell."""
    began = time.monotonic()
    await session.run("1+1")
    return time.monotonic() - began


async def many(count: int) -> float:
    """Seconds until `count` sandboxes have started together, each has run a command, and all have ended."""
    environment = ENVIRONMENT.model_copy(update={"models": ()})
    await ModalSandbox.task_init("benchmark", environment)

    async def one() -> None:
        boxes = await ModalSandbox.sample_init("benchmark", environment, {})
        try:
            assert (await boxes["default"].exec(["echo", "it"])).stdout == "it\n"
        finally:
            await ModalSandbox.sample_cleanup("benchmark", environment, boxes, False)

    began = time.monotonic()
    await asyncio.gather(*(one() for _ in range(count)))
    return time.monotonic() - began


def main() -> None:
    """Print the tables."""
    if why := why_no_namespaces():
        sys.exit(f"the Modal emulator {why}")
    with Emulator() as emulator, tempfile.TemporaryDirectory() as notes:
        os.environ |= emulator.environment | {_settings.NOTES_VARIABLE: notes}
        costs = asyncio.run(measure(emulator))
        print("\nFrom `sample_init` to the first executed cell, a trained model in the kernel\n")
        print("| | remote calls | commands | sent | most of it |\n|---|---|---|---|---|")
        for cost in costs:
            method, size = cost.largest
            sent = f"{cost.sent / 1e6:.2f} MB | {method} {size / 1e6:.2f} MB"
            print(f"| {cost.name} | {cost.calls} | {cost.execs} | {sent} |")
        alone, together = asyncio.run(many(1)), asyncio.run(many(AT_ONCE))
        print(f"\n{AT_ONCE} sandboxes started, used and ended at once: {together:.1f} s; one: {alone:.1f} s")
        print(f"left over: {len(emulator.sandboxes())}")
    print(machine())


if __name__ == "__main__":
    main()
