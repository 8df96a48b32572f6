"""What a model of half a gigabyte costs before the first cell on `workstation`: `python -m benchmarks.loading`.

Three samples one after another, each in the open and with `hidden`: seconds from the beginning of `open_lab` to the end
of a first cell that runs the model, the kernel's own memory and what of it is mapped from the weights' file, and the
room that the sample has taken on the host's disk by then. Weights with a remark in their header are the dear case of
`hidden`: they have to be copied, once.
"""

import os
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from inspect_ai import Task
from inspect_ai import eval as inspect_eval
from inspect_ai.solver import Generate, Solver, TaskState, solver

from benchmarks._report import machine
from seer_evals.environment import Environment, ModelSpec
from seer_evals.lab import close_lab, lab_sample, open_lab
from seer_evals.lab._lab import Lab

SAMPLES = 3
CELL = """
import torch
with torch.no_grad():
    model(torch.tensor([[1, 2, 3]]))
said = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
print(*(said[name].split()[0] for name in ("RssAnon", "RssFile")))
"""


@dataclass(frozen=True)
class Cost:
    """Of one sample: seconds, and MB."""

    seconds: float
    own: float
    mapped: float
    disk: float


@solver
def begin(began: list[tuple[float, int]]) -> Solver:
    """Note the time and the free disk."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        began.append((time.monotonic(), _free()))
        return state

    return solve


@solver
def first_cell(began: list[tuple[float, int]], costs: list[Cost]) -> Solver:
    """Run a cell and note what it has cost to get there."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        result = await Lab.of(state).notebook().run(CELL)
        assert result.status == "ok", result.outputs
        seconds, free = time.monotonic() - began[-1][0], _free()
        own, mapped = (int(kilobytes) / 1e3 for kilobytes in result.outputs[-1]["text"].split())
        costs.append(Cost(seconds, own, mapped, (began[-1][1] - free) / 1e6))
        return state

    return solve


def _free() -> int:
    os.sync()
    return shutil.disk_usage(os.environ["SEER_CACHE"]).free


def write_model(folder: Path) -> None:
    """A llama of half a gigabyte, untrained, in a process of its own: torch stays out of the one that runs Inspect."""
    from seer_evals.children import run_in_child

    run_in_child("benchmarks.loading", "writing the model", "--write", str(folder))


def _write(folder: Path) -> None:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    from seer_evals.organisms.language.tokenizer import new_tokenizer

    tokenizer = new_tokenizer()
    config = LlamaConfig(vocab_size=len(tokenizer), hidden_size=1024, intermediate_size=4096, num_hidden_layers=15)
    LlamaForCausalLM(config).to(torch.bfloat16).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def measure(folder: Path, *, hidden: bool) -> list[Cost]:
    environment = Environment(models=(ModelSpec(path=str(folder), hidden=hidden),))
    began: list[tuple[float, int]] = []
    costs: list[Cost] = []
    samples = [lab_sample("?", environment, id=str(number)) for number in range(SAMPLES)]
    setup = [begin(began), open_lab()]
    task = Task(samples, setup=setup, solver=first_cell(began, costs), cleanup=close_lab)
    with tempfile.TemporaryDirectory() as logs:
        inspect_eval(task, model="none", display="none", log_dir=logs, max_samples=1)
    return costs


def _with_remark(folder: Path) -> None:
    """Give the weights a remark in their header, as some trainers do."""
    import json
    import struct

    file = folder / "model.safetensors"
    data = file.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = {**json.loads(data[8 : 8 + length]), "__metadata__": {"format": "pt", "remark": "mine"}}
    written = json.dumps(header).encode()
    file.write_bytes(struct.pack("<Q", len(written)) + written + data[8 + length :])


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["SEER_CACHE"] = f"{scratch}/cache"
        Path(scratch, "cache").mkdir()
        folder = Path(scratch, "model").resolve()
        write_model(folder)
        print(f"\nA model of {(folder / 'model.safetensors').stat().st_size / 1e9:.2f} GB, {machine()}\n")
        print("| | sample | s to the first cell | kernel's own MB | mapped MB | disk MB |\n|---|---|---|---|---|---|")
        for name, hidden in (("in the open", False), ("hidden", True), ("hidden, with a remark", True)):
            if "remark" in name:
                _with_remark(folder)
            for number, cost in enumerate(measure(folder, hidden=hidden), start=1):
                shown = f"{cost.seconds:.1f} | {cost.own:.0f} | {cost.mapped:.0f} | {cost.disk:.0f}"
                print(f"| {name} | {number} | {shown} |", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--write"]:
        _write(Path(sys.argv[2]))
    else:
        main()
