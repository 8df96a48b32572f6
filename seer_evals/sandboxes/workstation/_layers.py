"""Neutral names for what is mounted read-only: overlays, so that a sandbox's table of mounts names no place outside.

The table tells of a bind mount which directory of its file system it shows, such as the checkout that the Python
environment lies in. An overlay is a file system of its own, and of its layers the table has the names that it was made
with: here relative ones, `m0:s0`. The upper of the two also takes away by name what a bind mount could only cover.
"""

import functools
import os
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from . import _probe
from ._plan import Overlay, Plan, own_environment
from ._python import Mount, PythonHome

LAYERS, STAGE = "layers", "stage"
_SECONDS = 20


@functools.cache
def problem() -> str:
    """Why there can be no overlays, found out by mounting one; empty if there can."""
    users = _probe.mode() == "users"
    if os.getuid() != 0 and not users:
        return "only root can mount overlays"
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        for name in ("a", "b", STAGE):
            (folder / name).mkdir()
        (folder / "b" / "gone").touch()
        try:
            _white_out(folder / "a" / "gone")
            plan = Plan(users=users, layers=directory, overlays=(Overlay(("a", "b"), str(folder / STAGE)),))
            command = plan.command(["/usr/bin/test", "!", "-e", f"{folder}/{STAGE}/gone"])
            env = own_environment()
            tried = subprocess.run(command, env=env, capture_output=True, text=True, timeout=_SECONDS)
        except (OSError, subprocess.SubprocessError) as error:
            return str(error)
        return "" if tried.returncode == 0 else (tried.stderr.strip().splitlines() or ["overlays do not work"])[-1]


def make_layers(directory: Path, python: PythonHome) -> None:
    """Write the layers of each of Python's mounts: links to the directories, and above them what is taken away."""
    for index, mount in enumerate(python.mounts):
        upper = directory / f"m{index}"
        upper.mkdir(parents=True)
        (directory / f"s{index}").symlink_to(mount.source)
        for trace in python.traces:
            if (below := _below(trace, mount)) is not None:
                (upper / below).parent.mkdir(parents=True, exist_ok=True)
                _white_out(upper / below)


def overlays(python: PythonHome, stage: Path) -> list[Overlay]:
    """An overlay for each of Python's mounts, with the directory that it is mounted at."""
    found = []
    for index, _ in enumerate(python.mounts):
        target = stage / str(index)
        target.mkdir(parents=True)
        found.append(Overlay((f"m{index}", f"s{index}"), str(target)))
    return found


def staged(python: PythonHome, made: Sequence[Overlay]) -> tuple[Mount, ...]:
    """What the sandbox mounts instead of Python's directories, and over the traces that no overlay takes away."""
    mounts = [Mount(Path(overlay.target), mount.target) for overlay, mount in zip(made, python.mounts, strict=True)]
    left = [trace for trace in python.traces if all(_below(trace, mount) is None for mount in python.mounts)]
    return (*mounts, *left)


def _below(trace: Mount, mount: Mount) -> PurePosixPath | None:
    target = PurePosixPath(trace.target)
    return target.relative_to(mount.target) if target.is_relative_to(mount.target) else None


def _white_out(path: Path) -> None:
    # What overlayfs takes for a file that is gone.
    os.mknod(path, 0o600 | stat.S_IFCHR, os.makedev(0, 0))
