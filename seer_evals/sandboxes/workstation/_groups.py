"""Control groups: the kernel's ceilings on memory, processes and cores of a sandbox, of either version."""

import contextlib
import functools
import os
import secrets
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ._ceilings import Ceilings, words

_PREFIX = "lab-"
_WANTED = ("memory", "pids")
_PERIOD_MICROSECONDS = 100_000
_SECONDS = 2.0


@dataclass(frozen=True)
class Parents:
    """Where groups may be made: a directory for each controller; with version 2 the same one for all."""

    version: int
    memory: Path
    pids: Path
    cpu: Path | None


@dataclass(frozen=True)
class Met:
    """How often each ceiling of a sandbox was met."""

    memory: int = 0
    """Processes that were ended because there was no memory left."""
    processes: int = 0
    """Processes and threads that were not started."""


class Group:
    """The group of one sandbox."""

    def __init__(self, name: str, ceilings: Ceilings, parents: Parents, ours: bool = True) -> None:
        self._ceilings = ceilings
        self._ours = ours
        self._version = parents.version
        self._memory, self._pids = parents.memory / name, parents.pids / name
        self._cpu = parents.cpu / name if parents.cpu and ceilings.cpu else None
        killed = "memory.events" if parents.version == 2 else "memory.oom_control"
        self._killed = _Counter(self._memory / killed, b"oom_kill ")
        self._refused = _Counter(self._pids / "pids.events", b"max ")

    @property
    def directories(self) -> list[Path]:
        """Every directory that a process has to be put into."""
        return list(dict.fromkeys(path for path in (self._memory, self._pids, self._cpu) if path is not None))

    def make(self) -> None:
        """Make the directories and write the ceilings.

        Raises:
            OSError: The kernel refuses.
        """
        for path in self.directories:
            path.mkdir(exist_ok=True)
        memory, pids = str(self._ceilings.memory), str(self._ceilings.processes)
        (self._pids / "pids.max").write_text(pids)
        if self._version == 2:
            (self._memory / "memory.max").write_text(memory)
            # Otherwise a ceiling of memory is one of memory and all of the swap.
            _write_if_there(self._memory / "memory.swap.max", "0")
        else:
            (self._memory / "memory.limit_in_bytes").write_text(memory)
            # Memory and swap together, where the kernel counts swap.
            _write_if_there(self._memory / "memory.memsw.limit_in_bytes", memory)
        if self._cpu is not None and self._ceilings.cpu:
            quota = int(self._ceilings.cpu * _PERIOD_MICROSECONDS)
            if self._version == 2:
                (self._cpu / "cpu.max").write_text(f"{quota} {_PERIOD_MICROSECONDS}")
            else:
                (self._cpu / "cpu.cfs_quota_us").write_text(str(quota))

    def met(self) -> Met:
        """How often its ceilings were met until now."""
        return Met(self._killed.read(), self._refused.read())

    def since(self, before: Met) -> str:
        """What was met after `before`, in words; empty if nothing was."""
        now = self.met()
        if now.memory > before.memory:
            return words("memory", self._ceilings)
        return words("processes", self._ceilings) if now.processes > before.processes else ""

    def remove(self) -> None:
        """Remove the directories that we made, once the processes in them are gone; what cannot be removed is left."""
        self._killed.close()
        self._refused.close()
        for path in self.directories if self._ours else ():
            _remove(path)


def remove(name: str) -> None:
    """Remove what an evaluation that was killed has left of the group `name`."""
    if isinstance(parents := available(), Parents):
        for path in {parents.memory, parents.pids, parents.cpu} - {None}:
            assert path is not None
            _remove(path / f"{_PREFIX}{name}")


def create(name: str, ceilings: Ceilings) -> Group | None:
    """A group with these ceilings; None where none can be had.

    Raises:
        OSError: There were groups a moment ago, and now the kernel refuses.
    """
    parents = available()
    if not isinstance(parents, Parents):
        return None
    group = Group(f"{_PREFIX}{name}", ceilings, parents)
    try:
        group.make()
    except OSError:
        group.remove()
        raise
    return group


@functools.cache
def available() -> Parents | str:
    """Where groups may be made on this machine, found out by making one; otherwise why not, in words."""
    reasons = []
    for parents in _candidates():
        if not (problem := _try(parents)):
            return parents
        reasons.append(problem)
    return "; ".join(dict.fromkeys(reasons)) or "this kernel has no control groups for memory and processes"


def _candidates() -> Iterator[Parents]:
    mounts, own = _mounts(), _own()
    if all(controller in mounts for controller in _WANTED):
        here = {name: _below(mounts[name], own.get(name, "/")) for name in (*_WANTED, "cpu") if name in mounts}
        yield Parents(1, here["memory"], here["pids"], here.get("cpu"))
    if (unified := mounts.get("")) is not None:
        # A group that has processes of its own can have no others with ceilings below it (but the root can), so
        # beside our own, and from there upwards.
        place = _below(unified, own.get("", "/"))
        for path in (place, *place.parents):
            if path.is_relative_to(unified[0]):
                yield Parents(2, path, path, path)


def _below(mount: tuple[Path, str], group: str) -> Path:
    """The directory of a group; in a container the mount shows only what lies below the container's own."""
    point, root = mount
    relative = os.path.relpath(group, root) if group.startswith(root) else "."
    path = point / relative
    return path if path.is_dir() else point


def _mounts() -> dict[str, tuple[Path, str]]:
    """Controller -> where it is mounted and which of its groups is the root there; version 2 has no name."""
    found: dict[str, tuple[Path, str]] = {}
    with contextlib.suppress(OSError), open("/proc/self/mountinfo") as table:
        for line in table:
            fields = line.split()
            kind, options = fields[fields.index("-") + 1], fields[-1].split(",")
            if kind == "cgroup2":
                found[""] = (Path(fields[4]), fields[3])
            elif kind == "cgroup":
                found |= {name: (Path(fields[4]), fields[3]) for name in (*_WANTED, "cpu") if name in options}
    return found


def _own() -> dict[str, str]:
    """Controller -> the group that this process is in."""
    found: dict[str, str] = {}
    with contextlib.suppress(OSError), open("/proc/self/cgroup") as table:
        for line in table:
            _, controllers, group = line.rstrip("\n").split(":", 2)
            found |= dict.fromkeys(controllers.split(","), group)
    return found


def _try(parents: Parents) -> str:
    """Make a group, put a process into it and take it away again; what did not work, in words."""
    try:
        if parents.version == 2:
            _delegate(parents.memory)
        small = Ceilings(memory=64 * 1024**2, processes=16, disk=0, cpu=1.0 if parents.cpu else None)
        group = Group(f"{_PREFIX}{secrets.token_hex(6)}", small, parents)
        try:
            group.make()
            script = 'for group in "$@"; do echo 0 > "$group/cgroup.procs" || exit 1; done'
            command = ["/bin/sh", "-c", script, "sh", *map(str, group.directories)]
            subprocess.run(command, check=True, capture_output=True, timeout=_SECONDS)
        finally:
            group.remove()
    except OSError as error:
        return f"{error.filename or parents.memory}: {error.strerror}"
    except subprocess.SubprocessError:
        return f"{parents.memory}: no process can be put into a group there"
    return ""


def _delegate(parent: Path) -> None:
    """See that groups below a group of version 2 have the controllers."""
    there = (parent / "cgroup.subtree_control").read_text().split()
    for name in (*_WANTED, "cpu"):
        if name not in there:
            (parent / "cgroup.subtree_control").write_text(f"+{name}")


def _write_if_there(path: Path, text: str) -> None:
    if path.exists():
        path.write_text(text)


class _Counter:
    """A number in a file of the kernel's, which is kept open: it is read before every command."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._path = path
        self._key = key
        self._file: int | None = None

    def read(self) -> int:
        """The number now; 0 where there is none."""
        try:
            if self._file is None:
                self._file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
            lines = os.pread(self._file, 4096, 0).splitlines()
        except OSError:
            return 0
        return next((int(line[len(self._key) :]) for line in lines if line.startswith(self._key)), 0)

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _remove(path: Path) -> None:
    deadline = time.monotonic() + _SECONDS
    while path.is_dir():
        try:
            path.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            # A process that has just ended is still counted for a moment.
            if time.monotonic() > deadline:
                return
            time.sleep(0.005)
