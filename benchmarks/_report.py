"""How a benchmark shows what it measured: a Markdown table of medians, with ratios, and the machine."""

import os
import platform
import statistics
from collections.abc import Mapping, Sequence


def show(title: str, times: Mapping[str, Sequence[float]], base: str) -> None:
    """Print medians, 95th percentiles and minima in milliseconds, and the ratios of medians and minima to `base`'s.

    On a busy machine the minima say more: nothing else ran during them.
    """
    reference, fastest = statistics.median(times[base]), min(times[base])
    print(f"\n{title}\n\n| | median ms | p95 ms | least ms | ratio of medians | of least |\n|---|---|---|---|---|---|")
    for name, seconds in times.items():
        median, p95, least = statistics.median(seconds), statistics.quantiles(seconds, n=20)[-1], min(seconds)
        shown = " | ".join(f"{value * 1e3:.2f}" for value in (median, p95, least))
        print(f"| {name} | {shown} | {median / reference:.2f} | {least / fastest:.2f} |")
    print(f"\n{len(times[base])} calls each; {machine()}")


def machine() -> str:
    """This machine in a few words."""
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    return f"{system}, Python {platform.python_version()}"
