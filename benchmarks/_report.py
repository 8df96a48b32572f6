"""How a benchmark shows what it measured: a Markdown table of medians, with ratios, and the machine."""

import os
import platform
import statistics
from collections.abc import Mapping, Sequence


def show(title: str, times: Mapping[str, Sequence[float]], base: str) -> None:
    """Print medians and 95th percentiles in milliseconds, and each median's ratio to that of `base`."""
    reference = statistics.median(times[base])
    print(f"\n{title}\n\n| | median ms | p95 ms | ratio |\n|---|---|---|---|")
    for name, seconds in times.items():
        median, p95 = statistics.median(seconds), statistics.quantiles(seconds, n=20)[-1]
        print(f"| {name} | {median * 1e3:.2f} | {p95 * 1e3:.2f} | {median / reference:.2f} |")
    print(f"\n{len(times[base])} calls each; {machine()}")


def machine() -> str:
    """This machine in a few words."""
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    return f"{system}, Python {platform.python_version()}"
