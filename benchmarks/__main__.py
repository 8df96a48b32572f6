"""All benchmarks in one run, or those that are named: `python -m benchmarks whitebox`."""

import sys
from importlib import import_module

BENCHMARKS = (
    "exec_overhead",
    "notebook_overhead",
    "call_overhead",
    "gateway_flood",
    "whitebox",
    "loading",
    "modal_start",
    "start",
    "card",
    "prompts",
    "architecture",
    "experiments",
)

HOURS = ("organisms",)
"""Run only if they are named."""

chosen = sys.argv[1:] or BENCHMARKS
if unknown := set(chosen) - {*BENCHMARKS, *HOURS}:
    sys.exit(f"no benchmark {', '.join(sorted(unknown))}; available: {', '.join((*BENCHMARKS, *HOURS))}")
for name in chosen:
    import_module(f"benchmarks.{name}").main()
