"""How much of the machine one sandbox may have."""

import contextlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from seer_evals import inspect_private
from seer_evals.environment import Environment

_MIB = 1024**2
_SHARE = 0.8
"""Of the machine's memory and free disk, for all sandboxes together; the rest is the evaluation's and the system's."""
_LEAST_MEMORY = 1024 * _MIB
_LEAST_PROCESSES = 1024
_PROCESSES_A_CORE = 64
_MOST_DISK = 16 * 1024 * _MIB
_SANDBOXES_A_CORE = 2

_OF_THE_CONTAINER = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))

Met = Literal["memory", "processes", "disk"]


@dataclass(frozen=True)
class Ceilings:
    """What one sandbox may have."""

    memory: int
    """Bytes, of everything in it together."""
    processes: int
    """Threads are counted like processes."""
    disk: int
    """Bytes."""
    cpu: float | None
    """Cores; None for as many as there are."""


def ceilings(environment: Environment, root: Path, at_once: int) -> Ceilings:
    """The ceilings of a sandbox: what its environment says, and otherwise its share of this machine.

    Args:
        environment: Its `memory` and `disk` are in MiB.
        root: Where the sandboxes' files are.
        at_once: How many sandboxes run at once.
    """
    memory = max(int(_memory() * _SHARE / at_once), _LEAST_MEMORY)
    disk = min(int(shutil.disk_usage(root).free * _SHARE / at_once), _MOST_DISK)
    processes = max(_LEAST_PROCESSES, _PROCESSES_A_CORE * (os.cpu_count() or 1))
    return Ceilings(
        memory=environment.memory * _MIB if environment.memory else memory,
        processes=environment.processes or processes,
        disk=environment.disk * _MIB if environment.disk else disk,
        cpu=environment.cpu,
    )


def _memory() -> int:
    """Bytes of this machine's memory, or of the container that this is."""
    found = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    for path in _OF_THE_CONTAINER:
        # `max` where there is no limit, or no such file.
        with contextlib.suppress(OSError, ValueError):
            found.append(int(path.read_text()))
    return min(found)


def default_at_once() -> int:
    """Sandboxes at once if nobody says otherwise, as Inspect's docker provider has it."""
    return _SANDBOXES_A_CORE * (os.cpu_count() or 1)


def at_once() -> int:
    """How many sandboxes Inspect runs at once now: what was asked for, or what can be at most."""
    # Private, and only read: without it every sandbox would get the share of the most that there could be.
    limiter = inspect_private.sandbox_limiters().get("workstation")
    most = limiter.concurrency if limiter is not None else default_at_once()
    samples = sum(int(semaphore.limit) for semaphore in inspect_private.task_sample_semaphores.values())
    return max(1, min(most, samples or most))


def words(which: Met, ceilings: Ceilings) -> str:
    """What happened when a ceiling was met, and what raises it."""
    if which == "memory":
        size = _gib(ceilings.memory)
        return f"out of memory: a process was ended at the sandbox's {size} (`memory` of its environment, in MiB)"
    if which == "disk":
        size = _gib(ceilings.disk)
        return f"out of disk: its files took more than the sandbox's {size} (`disk` of its environment, in MiB)"
    return (
        f"out of processes: the sandbox has its {ceilings.processes} processes and threads "
        "(`processes` of its environment)"
    )


def _gib(size: int) -> str:
    return f"{size / 1024**3:.3g} GiB"
