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
    "card",
    "prompts",
    "architecture",
)

chosen = sys.argv[1:] or BENCHMARKS
if unknown := set(chosen) - set(BENCHMARKS):
    sys.exit(f"no benchmark {', '.join(sorted(unknown))}; available: {', '.join(BENCHMARKS)}")
for name in chosen:
    import_module(f"benchmarks.{name}").main()
