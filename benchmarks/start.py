"""What commands take before they do anything, beside importing Inspect: `python -m benchmarks start`.

Each in a process of its own, in turns, so that load is shared by all. Processor seconds are what counts on a machine
that does something else as well. `PYTHONPATH` of another checkout measures that one.
"""

import os
import subprocess
import sys
import time
from collections.abc import Sequence

from benchmarks._report import machine, show

BASE = "import inspect_ai"
FRAMES = "import inspect_ai.analysis, pandas, pyarrow"
LOGS = "logs/sample"
STUDY = "seer_evals/tasks/introspection"
COMMANDS = (
    ("--help",),
    ("table", "--help"),
    ("organisms", "list"),
    ("organisms", "show", "preference-llama-101"),
    ("seeds", "list"),
    ("skill", "list"),
    ("table", LOGS),
    ("compare", LOGS),
    ("table", "technique", LOGS),
    ("notebook", LOGS, "--sample", "of another log"),
    ("plan", "tasks/hidden_preference.py"),
    ("study", "check", STUDY),
)
TURNS = 3
RUN = "import sys; from seer_evals.cli import main; sys.exit(main(sys.argv[1:]))"


def _seconds(code: str, words: Sequence[str]) -> tuple[float, float]:
    """Of a process that runs this: on the clock, and of processors."""
    began = time.monotonic()
    child = subprocess.Popen(
        [sys.executable, "-P", "-c", code, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, _, used = os.wait4(child.pid, 0)
    child.returncode = 0
    return time.monotonic() - began, used.ru_utime + used.ru_stime


def main() -> None:
    """Print two tables: seconds on the clock, and of processors."""
    rows: dict[str, tuple[str, Sequence[str]]] = {each: (each, ()) for each in (BASE, FRAMES)}
    rows |= {" ".join(("seer", *words[:2])): (RUN, words) for words in COMMANDS}
    clock: dict[str, list[float]] = {name: [] for name in rows}
    processor: dict[str, list[float]] = {name: [] for name in rows}
    for _ in range(TURNS):
        for name, (code, words) in rows.items():
            seconds, used = _seconds(code, words)
            clock[name].append(seconds)
            processor[name].append(used)
    print(f"\n# Start of commands, {machine()}")
    show("On the clock", clock, BASE)
    show("Of processors", processor, BASE)


if __name__ == "__main__":
    main()
