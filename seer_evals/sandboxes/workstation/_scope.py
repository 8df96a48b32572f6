"""Ceilings by `systemd-run --scope`, where no control group can be made but systemd makes one for us."""

import contextlib
import functools
import os
import shutil
import subprocess
from pathlib import Path

from ._ceilings import Ceilings
from ._groups import Group, Parents

_SECONDS = 20
_PASSED_ON = ("XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS")
_UNIFIED = Path("/sys/fs/cgroup")


@functools.cache
def works() -> bool:
    """Whether systemd makes scopes for this user, found out by making one."""
    small = Ceilings(memory=64 * 1024**2, processes=16, disk=0, cpu=None)
    try:
        command = [*prefix(small), "/bin/true"]
        return subprocess.run(command, env=variables(), capture_output=True, timeout=_SECONDS).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False


def prefix(ceilings: Ceilings) -> tuple[str, ...]:
    """What goes before a command to have it run in a scope with these ceilings; the process stays the same.

    Raises:
        FileNotFoundError: There is no systemd-run.
    """
    program = shutil.which("systemd-run")
    if program is None:
        raise FileNotFoundError("systemd-run is not installed")
    # Without the second, a ceiling of memory would be one of memory and all of the swap.
    properties = [f"MemoryMax={ceilings.memory}", "MemorySwapMax=0", f"TasksMax={ceilings.processes}"]
    if ceilings.cpu:
        properties.append(f"CPUQuota={ceilings.cpu:.0%}")
    user = () if os.getuid() == 0 else ("--user",)
    options = [part for one in properties for part in ("-p", one)]
    return (program, *user, "--scope", "--quiet", "--collect", *options, "--")


def variables() -> dict[str, str]:
    """What systemd-run needs of the environment to find its manager."""
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ}


def group_of(pid: int, ceilings: Ceilings) -> Group | None:
    """The group that systemd has put a process into, to see which ceilings it met."""
    with contextlib.suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid}/cgroup").read_text().splitlines()
        path = _UNIFIED / next(line[3:] for line in lines if line.startswith("0::")).lstrip("/")
        return Group(path.name, ceilings, Parents(2, path.parent, path.parent, None), ours=False)
    return None
