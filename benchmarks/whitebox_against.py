"""What our rows of `benchmarks whitebox` take beside an earlier commit: `python -m benchmarks.whitebox_against COMMIT`.

Each checkout measures in a process of its own, in turns, as in `benchmarks.against`.
"""

import sys

from benchmarks.against import ANSWERS, in_turns

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
"""
WORKER += ANSWERS.format(call="works[what]()")


def main(commit: str) -> None:
    """Measure and print."""
    names = ["Llama 4x128", "Llama 8x512"]
    rows = ["whole pass", "block {}", "steered tokens", "a new handle"]
    wanted = [f"{name}: {row.format(layer)}" for name, layer in zip(names, (1, 3), strict=True) for row in rows]
    in_turns(commit, WORKER, [(what, 2) for what in wanted], TURNS, warm=2)


if __name__ == "__main__":
    main(sys.argv[1])
