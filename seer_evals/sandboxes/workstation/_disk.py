"""A sandbox's own files under a ceiling: in a file system of that size, or counted where none can be mounted."""

import contextlib
import functools
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from ._plan import Plan, own_environment

IMAGE, MOUNTED = "disk.img", "disk"
_MKFS = ("/sbin/mke2fs", "/usr/sbin/mke2fs")
_LEAST_IMAGE = 16 * 1024**2
_SECONDS = 20
_LOOK_SECONDS = 1.0
_MOST_FILES = 1_000_000
"""More than these count as over the ceiling: counting them would take longer than writing them."""
_BLOCK = 512


@functools.cache
def problem() -> str:
    """Why no file system can be mounted for a sandbox, found out by mounting one; empty if it can."""
    if os.getuid() != 0:
        return "only root can mount a file system of a given size"
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        (folder / "content").mkdir()
        (folder / MOUNTED).mkdir()
        try:
            make_image(folder / IMAGE, folder / "content", _LEAST_IMAGE)
            command = Plan(image=str(folder / IMAGE), disk=str(folder / MOUNTED)).command(["/bin/true"])
            env = own_environment()
            tried = subprocess.run(command, env=env, capture_output=True, text=True, timeout=_SECONDS)
        except (OSError, subprocess.SubprocessError) as error:
            return str(error)
        return "" if tried.returncode == 0 else (tried.stderr.strip().splitlines() or ["it cannot be mounted"])[-1]


def make_image(image: Path, content: Path, size: int) -> None:
    """Write a file system of `size` bytes that holds what is in `content`; it takes as much room as is used of it.

    Raises:
        OSError: It cannot be made; `content` is larger, say.
    """
    program = next((path for path in _MKFS if Path(path).exists()), None)
    if program is None:
        raise OSError("mke2fs is not installed (apt-get install e2fsprogs)")
    with image.open("wb") as file:
        file.truncate(max(size, _LEAST_IMAGE))
    options = ["-q", "-F", "-t", "ext4", "-m", "0", "-O", "^has_journal", "-E", "lazy_itable_init=1,nodiscard"]
    made = subprocess.run([program, *options, "-d", str(content), str(image)], capture_output=True, text=True)
    if made.returncode:
        raise OSError(f"cannot make a disk of {size} bytes for sandboxes: {made.stderr.strip()[-500:]}")


class Watched(Protocol):
    """A running sandbox whose files are counted."""

    def ended(self) -> bool:
        """Whether it runs no more."""

    def over(self) -> None:
        """End it: it has more than it may."""

    def files(self) -> list[Path]:
        """Its directories on the host."""

    def processes(self) -> list[int]:
        """Its processes, by the host's numbers."""

    most: int
    """Bytes."""


class _Watch:
    """A thread that looks after all sandboxes of this process whose files can only be counted."""

    def __init__(self) -> None:
        self._watched: list[Watched] = []
        self._thread: threading.Thread | None = None

    def add(self, watched: Watched) -> None:
        self._watched.append(watched)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="workstation-disk", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            time.sleep(_LOOK_SECONDS)
            # In place: another thread may be adding one.
            for watched in [watched for watched in self._watched if watched.ended()]:
                self._watched.remove(watched)
            for watched in list(self._watched):
                if _taken(watched) > watched.most:
                    watched.over()


WATCH = _Watch()


def _taken(watched: Watched) -> float:
    """Bytes on disk of a sandbox's files, those that are open and have no name any more among them."""
    seen: set[tuple[int, int]] = set()
    total = 0
    device = watched.files()[0].stat().st_dev if watched.files()[0].exists() else -1
    for path in _walk(watched.files()):
        with contextlib.suppress(OSError):
            status = path.lstat()
            if (status.st_dev, status.st_ino) not in seen:
                seen.add((status.st_dev, status.st_ino))
                total += status.st_blocks * _BLOCK
        if len(seen) > _MOST_FILES:
            return float("inf")
        if total > watched.most:
            return total
    return total + _nameless(watched.processes(), device, seen)


def _walk(directories: list[Path]) -> Iterator[Path]:
    for directory in directories:
        # Symbolic links are not followed: they may lead anywhere.
        for folder, _, names in os.walk(directory):
            yield Path(folder)
            yield from (Path(folder, name) for name in names)


def _nameless(processes: list[int], device: int, seen: set[tuple[int, int]]) -> int:
    total = 0
    for pid in processes:
        with contextlib.suppress(OSError):
            for descriptor in os.listdir(f"/proc/{pid}/fd"):
                with contextlib.suppress(OSError):
                    status = os.stat(f"/proc/{pid}/fd/{descriptor}")
                    there = status.st_dev == device and (device, status.st_ino) not in seen
                    if status.st_nlink == 0 and there:
                        seen.add((status.st_dev, status.st_ino))
                        total += status.st_blocks * _BLOCK
    return total
