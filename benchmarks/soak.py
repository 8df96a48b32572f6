"""Samples under fire: does a laboratory lose a cell, leave anything behind, or spoil a log?

    python -m benchmarks.soak [--minutes 30] [--samples 16] [--seed 1]

Every sample runs cells without a pause, some of which call functions of a scoped sandbox. Meanwhile kernels, kernel
hosts, brokers and function servers are killed at random with SIGKILL; one sample's notebook folder becomes a full disk
(as root), and one sample fills the disk of its own sandbox. A cell counts as acknowledged once its result has come
back as it should be; each of them has to be in the log afterwards, with its output.
"""

import argparse
import asyncio
import os
import random
import re
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
from inspect_ai import Task, eval
from inspect_ai.log import EvalSample, read_eval_log
from inspect_ai.solver import Generate, Solver, TaskState, solver

from benchmarks._report import machine
from seer_evals.environment import Environment, ScopedSpec
from seer_evals.lab import NOTEBOOKS_KEY, Lab, close_lab, lab_sample, open_lab
from seer_evals.lab.notebook import NotebookError

TARGETS = {
    "kernel": r"seer_runtime\.kernel\.main",
    "kernel host": r"seer_runtime\.kernel\.(daemon|host)",
    "broker": r"seer_runtime[./]functions[./]broker",
    "server": r"seer_runtime[./]functions[./]server|functions\.server",
}
INTERFACE = '''"""Arithmetic in a second sandbox."""
from seer_runtime import expose

@expose
def double(x: int) -> int:
    """Twice a number.

    Args:
        x: Which.
    """
    return 2 * x
'''
FILL = """import os
try: open("fill", "wb").write(bytes(400 << 20))
except OSError as error: print(error.strerror)
os.remove("fill")"""
ACKNOWLEDGED, FULL_DISK = "soak_acknowledged", "full"
CELL_SECONDS = 60


@solver
def work(until: float, counts: Counter[str]) -> Solver:
    """Run cells until it is time, restarting what was killed; the store has what was acknowledged."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        lab = Lab.of(state)
        notebook = lab.notebook()
        acknowledged: dict[str, int] = {}
        number = 0
        while time.time() < until:
            number += 1
            code, expected = _cell(number, fills=state.sample_id == "fills")
            try:
                result = await notebook.run(code, timeout=CELL_SECONDS)
            except NotebookError as error:
                counts[f"refused: {error.kind}"] += 1
                await _restart(notebook, counts)
                continue
            said = "".join(output.get("text", "") for output in result.outputs)
            if result.status == "ok" and expected in said:
                acknowledged[expected] = result.number
                counts["acknowledged"] += 1
            else:
                counts[f"ended: {result.status}"] += 1
            if result.status == "dead":
                await _restart(notebook, counts)
        state.store.set(ACKNOWLEDGED, acknowledged)
        return state

    return solve


def _cell(number: int, fills: bool) -> tuple[str, str]:
    mark = f"<cell {number}>"
    if fills and number % 5 == 0:
        return f"{FILL}\nprint({mark!r})", mark
    if number % 3 == 0:
        return f"import far\nassert far.double({number}) == {2 * number}\nprint({mark!r})", mark
    return f"for i in range(200): print(i, end=' ', flush=True)\nprint({mark!r})", mark


async def _restart(notebook: Any, counts: Counter[str]) -> None:
    for _ in range(20):
        try:
            await notebook.restart()
        except NotebookError as error:
            counts[f"restart failed: {error.kind}"] += 1
            await anyio.sleep(0.5)
        else:
            counts["restarts"] += 1
            return


def processes_below(root: int) -> Iterator[tuple[int, str]]:
    """Descendants of a process, with their command lines."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rpartition(") ")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue
        children.setdefault(parent, []).append(int(entry.name))
    pending = list(children.get(root, ()))
    while pending:
        pid = pending.pop()
        pending += children.get(pid, [])
        try:
            yield pid, Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue


async def fire(until: float, seed: int, kills: Counter[str]) -> None:
    """Kill a process of a random kind every second or so."""
    draw = random.Random(seed)
    while time.time() < until:
        await asyncio.sleep(draw.uniform(0.3, 1.5))
        kind = draw.choice(list(TARGETS))
        victims = [
            pid
            for pid, command in await asyncio.to_thread(lambda: list(processes_below(os.getpid())))
            if re.search(TARGETS[kind], command) and "supervisor" not in command
        ]
        if victims:
            try:
                os.kill(draw.choice(victims), signal.SIGKILL)
                kills[kind] += 1
            except ProcessLookupError:
                continue


@solver
def under_fire(until: float, seed: int, kills: Counter[str]) -> Solver:
    """In one sample: have everybody fired at, and the disk of one sample's notebook filled up halfway through."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        if state.sample_id == "s0":
            state.metadata["fire"] = asyncio.create_task(fire(until, seed, kills))
        if state.sample_id == FULL_DISK and os.getuid() == 0:
            state.metadata["full"] = asyncio.create_task(fill_up(Lab.of(state).folder, until))
        return state

    return solve


async def fill_up(folder: Path, until: float) -> None:
    """Put a file system under the notebook that has no room; it goes when time is up."""
    await asyncio.sleep(max(1.0, (until - time.time()) / 2))
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "soak", str(folder)], check=True)
    try:
        (folder / "filler").write_bytes(bytes(4096))
        await asyncio.sleep(max(0.0, until - time.time()) + 5)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False)


def lost_cells(sample: EvalSample) -> list[str]:
    """Acknowledged cells that the log does not have, or not with their output."""
    notebook = sample.store.get(NOTEBOOKS_KEY, {}).get("main", {})
    outputs = {
        cell["metadata"]["seer"]["number"]: "".join("".join(each.get("text", "")) for each in cell.get("outputs", []))
        for cell in notebook.get("cells", [])
    }
    acknowledged = sample.store.get(ACKNOWLEDGED, {})
    return [mark for mark, number in acknowledged.items() if mark not in outputs.get(number, "")]


def leftovers(sandboxes: Path) -> list[str]:
    """Directories, groups and processes that are still there."""
    found = [str(path) for path in sandboxes.iterdir()]
    names = {path.name for path in sandboxes.iterdir()}
    found += [str(path) for path in Path("/sys/fs/cgroup").rglob("lab-*") if path.name.removeprefix("lab-") in names]
    found += [
        f"process {pid}: {command[:100]}" for pid, command in processes_below(os.getpid()) if "seer_runtime" in command
    ]
    return found


def main(minutes: float = 30, samples: int = 16, seed: int = 1) -> int:
    """Run it and print what became of it; 0 if nothing was lost and nothing is left."""
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        os.environ["SEER_SANDBOX_DIR"] = str(folder / "sandboxes")
        interface = folder / "far.py"
        interface.write_text(INTERFACE)
        environment = Environment(disk=256, scoped=(ScopedSpec(name="far", interface=str(interface)),))
        names = [f"s{index}" for index in range(samples - 2)] + [FULL_DISK, "fills"]
        until = time.time() + minutes * 60
        counts: Counter[str] = Counter()
        kills: Counter[str] = Counter()
        task = Task(
            [lab_sample("Work.", environment, id=name) for name in names],
            setup=[open_lab(), under_fire(until, seed, kills)],
            solver=work(until, counts),
            cleanup=close_lab,
        )
        (log,) = eval(
            task, model="mockllm/model", display="none", log_dir=str(folder / "logs"), max_samples=samples,
            max_sandboxes=samples, max_subprocesses=4 * samples, fail_on_error=False,
        )  # fmt: skip
        return _report(read_eval_log(log.location).samples or [], samples, counts, kills, folder / "sandboxes")


def _report(samples: list[EvalSample], wanted: int, counts: Counter[str], kills: Counter[str], sandboxes: Path) -> int:
    errors = [f"{sample.id}: {sample.error.message[:300]}" for sample in samples if sample.error]
    lost = {str(sample.id): cells for sample in samples if (cells := lost_cells(sample))}
    left = leftovers(sandboxes)
    rows = {
        "samples in the log": f"{len(samples)} of {wanted}",
        "acknowledged cells": sum(len(sample.store.get(ACKNOWLEDGED, {})) for sample in samples),
        "lost cells": sum(map(len, lost.values())),
        "samples with an error": len(errors),
        "leftovers": len(left),
        **{f"killed: {kind}": number for kind, number in sorted(kills.items())},
        **{what: number for what, number in sorted(counts.items())},
    }
    print("| | |\n|---|---|")
    print("\n".join(f"| {name} | {value} |" for name, value in rows.items()))
    print(f"\n{machine()}")
    for line in (*errors, *(f"{name} lost {cells[:5]}" for name, cells in lost.items()), *left[:20]):
        print(line)
    return int(bool(errors or lost or left or len(samples) != wanted))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--samples", type=int, default=16)
    parser.add_argument("--seed", type=int, default=1)
    raise SystemExit(main(**vars(parser.parse_args())))
