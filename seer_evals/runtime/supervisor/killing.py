"""Killing a process with all that came of it, and reaping what has ended."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator

_KILL_SECONDS = 5.0
COMMAND, WORKER = 500, 300
"""How early a process is ended where memory runs out: commands before those that serve them, both before the supervisor
and before anybody outside (0)."""


def kill_tree(root: int, itself: bool = False) -> None:
    """Kill all descendants of a process that adopts its orphans, then (with `itself`) the process."""
    deadline = time.monotonic() + _KILL_SECONDS
    while time.monotonic() < deadline:
        victims = list(descendants(root))
        # Stopping them all first keeps a forking one from outrunning the kill.
        for pid in victims:
            kill(pid, signal.SIGSTOP)
        for pid in victims:
            kill(pid, signal.SIGKILL)
        if root == os.getpid():
            reap()
        if not victims:
            break
        time.sleep(0.002)
    if itself:
        kill(root, signal.SIGKILL)


def kill(pid: int, number: int) -> None:
    """Send a signal to a process that may be gone or another user's."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def end_early(process: int | str, how_early: int) -> None:
    """Tell the kernel which process to end first where memory runs out; more can be said by anybody, less by nobody."""
    with contextlib.suppress(OSError), open(f"/proc/{process}/oom_score_adj", "w") as score:
        score.write(str(how_early))


def reap() -> None:
    """Reap the children that have ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def descendants(root: int) -> Iterator[int]:
    """The processes that come of `root`, but not this one."""
    children: dict[int, list[int]] = {}
    for pid, parent, state in _processes():
        if state not in "ZX":
            children.setdefault(parent, []).append(pid)
    pending = list(children.get(root, ()))
    while pending:
        pid = pending.pop()
        if pid != os.getpid():
            yield pid
        pending.extend(children.get(pid, ()))


def _processes() -> Iterator[tuple[int, int, str]]:
    for name in os.listdir("/proc"):
        if name.isdecimal():
            with contextlib.suppress(OSError, ValueError, IndexError), open(f"/proc/{name}/stat", "rb") as file:
                # The second field is the name in parentheses, which may itself contain anything.
                state, parent = file.read().rpartition(b") ")[2].split(None, 2)[:2]
                yield int(name), int(parent), state.decode()
