"""Clearing up after evaluations that could not do it themselves: `inspect sandbox cleanup workstation [id]`."""

import logging
import os
import signal
import time
from pathlib import Path

from seer_evals.refusal import Refusal
from seer_evals.runtime.supervisor import kill_tree

from . import _groups, _state

logger = logging.getLogger(__name__)

_SECONDS = 5.0


def clean_up(name: str | None) -> list[str]:
    """Remove what nobody owns any more, or the one directory called `name`; what was done, in words.

    Raises:
        Refusal: There is no such sandbox.
    """
    known = _state.directories()
    if name is not None:
        known = [path for path in known if path.name == name]
        if not known:
            raise Refusal(f"no workstation sandbox {name!r} in {_state.root()}")
    done = [_clean_one(path, named=name is not None) for path in known]
    return done or [f"nothing to clean up in {_state.root()}"]


def sweep() -> None:
    """Remove what evaluations that were killed have left, without a word unless it fails."""
    for path in _state.directories():
        note = _state.read(path)
        if note is not None and not note.owner.alive():
            try:
                _clean_one(path, named=False)
            except OSError as error:
                logger.warning("could not remove %s, left by a killed evaluation: %s", path, error)


def _clean_one(path: Path, named: bool) -> str:
    note = _state.read(path)
    if note is None and not named:
        return f"{path.name}: left alone, it has no note of an owner (remove it by name)"
    if note is not None and note.owner.alive() and not named:
        return f"{path.name}: left alone, process {note.owner.pid} is using it"
    killed = _kill_supervisor(note) + _kill_leftovers(path)
    _groups.remove(path.name)
    _state.remove(path)
    return f"{path.name}: removed" + (f", {killed} processes killed" if killed else "")


def _kill_supervisor(note: _state.Note | None) -> int:
    if note is None or note.supervisor is None or not note.supervisor.alive():
        return 0
    kill_tree(note.supervisor.pid, itself=True)
    return 1


def _kill_leftovers(path: Path) -> int:
    """Kill processes that the directory shows up in: of a plain sandbox whose supervisor died before them."""
    deadline, killed = time.monotonic() + _SECONDS, 0
    while time.monotonic() < deadline and (left := _users(path)):
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        killed += len(left)
        time.sleep(0.05)
    return killed


def _users(path: Path) -> list[int]:
    found, marks = [], (f"{path}/".encode(), f"{path}\0".encode())
    for process in Path("/proc").iterdir():
        if not process.name.isdecimal() or int(process.name) == os.getpid():
            continue
        try:
            variables = (process / "environ").read_bytes() + b"\0"
            directory = os.readlink(process / "cwd").encode() + b"/"
            state = (process / "stat").read_text(errors="replace").rpartition(") ")[2][0]
        except OSError:
            continue
        if state not in "ZX" and (any(mark in variables for mark in marks) or directory.startswith(marks[0])):
            found.append(int(process.name))
    return found
