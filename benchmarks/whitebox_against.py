"""What our rows of `benchmarks whitebox` take beside an earlier commit: `python -m benchmarks.whitebox_against COMMIT`.

Each checkout measures in a process of its own, in turns, as in `benchmarks.against`.
"""

import sys

from benchmarks._report import show
from benchmarks.against import ROOT, Worker, checked_out

TURNS = 40
WORKER = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
from benchmarks import whitebox
from seer_evals.runtime.whitebox import LanguageModel

works = {}
for size in (whitebox.SMALL, whitebox.LARGE):
    layer = size.layers // 2 - 1
    raw = whitebox.Raw(size)
    read, generate = whitebox.ours(raw, layer)
    works |= {
        f"{size.name}: whole pass": lambda read=read, last=size.layers - 1: read(last),
        f"{size.name}: block {layer}": read,
        f"{size.name}: steered tokens": generate,
        f"{size.name}: a new handle": lambda raw=raw: LanguageModel(raw.model, raw.tokenizer),
    }
print("ready", flush=True)
for line in sys.stdin:
    what, count = json.loads(line)
    taken = []
    for _ in range(count):
        started = time.perf_counter()
        works[what]()
        taken.append(time.perf_counter() - started)
    print(json.dumps(taken), flush=True)
"""


def main(commit: str) -> None:
    """Measure and print."""
    names = ["Llama 4x128", "Llama 8x512"]
    rows = ["whole pass", "block {}", "steered tokens", "a new handle"]
    wanted = [f"{name}: {row.format(layer)}" for name, layer in zip(names, (1, 3), strict=True) for row in rows]
    with checked_out(commit) as earlier:
        workers = {commit: Worker(earlier, WORKER), "now": Worker(ROOT, WORKER)}
        try:
            for what in wanted:
                times: dict[str, list[float]] = {name: [] for name in workers}
                for turn in range(TURNS):
                    for name, worker in workers.items():
                        taken = worker.measure(what, 2)
                        times[name] += taken if turn > 1 else []
                show(what, times, base=commit)
        finally:
            for worker in workers.values():
                worker.close()


if __name__ == "__main__":
    main(sys.argv[1])
