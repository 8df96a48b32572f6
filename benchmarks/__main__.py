"""All benchmarks in one run."""

from benchmarks import exec_overhead, notebook_overhead

exec_overhead.main()
notebook_overhead.main()
