"""What `exec` and `run_cell` cost beside an earlier commit: `python -m benchmarks.against COMMIT`.

Each checkout has a process of its own with a sandbox and a notebook in it; they are asked in turns for a few calls at a
time, so that whatever else the machine does hits both alike. The earlier commit is checked out into a directory that is
removed afterwards and shares this environment's packages.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks._report import show

ANSWERS = """
print("ready", flush=True)
for line in sys.stdin:
    what, count = json.loads(line)
    taken = []
    for _ in range(count):
        started = time.perf_counter()
        {call}
        taken.append(time.perf_counter() - started)
    print(json.dumps(taken), flush=True)
"""
"""What a worker does when it is ready: `call` stands for one measured call of `what`."""
ROOT = Path(__file__).resolve().parents[1]
CALLS, TURNS = 10, 40
WORKER = """
import asyncio, json, sys, time
from pathlib import Path
from tempfile import mkdtemp
from seer_evals.environment import Environment
from seer_evals.lab.notebook import open_notebook
from seer_evals.sandboxes.workstation import WorkstationSandbox as Workstation

async def main():
    await Workstation.task_init("startup", Environment())
    sandboxes = await Workstation.sample_init("benchmark", Environment(), {})
    box = sandboxes["default"]
    notebook = await open_notebook(box, box.layout, path=Path(mkdtemp()) / "n.ipynb")
    calls = {"exec": lambda: box.exec(["true"]), "run_cell": lambda: notebook.run("1 + 1")}
ANSWERS    await notebook.close()
    await Workstation.sample_cleanup("benchmark", Environment(), sandboxes, False)
    await Workstation.task_cleanup("shutdown", Environment(), True)

asyncio.run(main())
""".replace("ANSWERS", textwrap.indent(ANSWERS.format(call="await calls[what]()"), "    "))


class Worker:
    """A checkout that measures when it is asked to."""

    def __init__(self, checkout: Path, script: str = WORKER) -> None:
        environment = {**os.environ, "PYTHONPATH": str(checkout)}
        command = [sys.executable, "-c", script]
        self._process = subprocess.Popen(
            command, cwd=checkout, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._read() == "ready\n", "the worker did not start"

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def measure(self, what: str, count: int) -> list[float]:
        """Seconds of each of `count` calls."""
        assert self._process.stdin is not None
        print(json.dumps([what, count]), file=self._process.stdin, flush=True)
        return [float(each) for each in json.loads(self._read())]

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


@contextlib.contextmanager
def checked_out(commit: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True).stdout
        subprocess.run(["tar", "-x", "-C", folder], input=archive, check=True)
        yield Path(folder)


def in_turns(commit: str, source: str, wanted: Sequence[tuple[str, int]], turns: int, warm: int = 1) -> None:
    """Measure an earlier commit and this checkout in turns, and print.

    Args:
        commit: The earlier one.
        source: Of the worker.
        wanted: What is measured, and how many calls a turn.
        turns: Of each.
        warm: The first turns, which do not count.
    """
    with checked_out(commit) as earlier:
        workers = {commit: Worker(earlier, source), "now": Worker(ROOT, source)}
        try:
            for what, count in wanted:
                times: dict[str, list[float]] = {name: [] for name in workers}
                for turn in range(turns):
                    for name, worker in workers.items():
                        taken = worker.measure(what, count)
                        times[name] += taken if turn >= warm else []
                show(what, times, base=commit)
        finally:
            for worker in workers.values():
                worker.close()


def main(commit: str) -> None:
    """Measure and print."""
    in_turns(commit, WORKER, (("exec", CALLS), ("run_cell", CALLS // 2)), TURNS)


if __name__ == "__main__":
    main(sys.argv[1])
