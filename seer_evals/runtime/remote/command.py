"""One command: started as it was asked for, cut at its timeout with everything it started."""

import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from typing import Any

from ..supervisor.killing import kill_tree
from ..supervisor.privileges import PR_SET_CHILD_SUBREAPER, prctl
from ..supervisor.spawning import Refused, spawn
from . import notes
from .remarks import leave_with


def main() -> None:
    """Run the command in argv, as the options before it say, and end as it ends.

    Options: `token`, `run` (directory of notes), `cwd`, and where given `user`, `explicit` (names of variables that
    hold against what belongs to the user), `stdin` (whether it gets ours), `staged` (bytes of stdin that are its argv,
    as JSON), `timeout` (seconds).
    """
    options: dict[str, Any] = json.loads(sys.argv[1])
    token = options["token"]
    if not notes.claim(options["run"], token):
        leave_with(token, error="twice")
    argv = json.loads(_read(options["staged"])) if options.get("staged") else sys.argv[2:]
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    try:
        main_pid = _spawn(options, argv)
    except Refused as refused:
        leave_with(token, error=refused.kind, message=str(refused))
    status = _wait(main_pid, options.get("timeout"))
    if status is None:
        kill_tree(os.getpid())
        leave_with(token, error="timeout")
    os._exit(status)


def _read(size: int) -> bytes:
    data = bytearray()
    while len(data) < size and (chunk := os.read(0, size - len(data))):
        data += chunk
    return bytes(data)


def _spawn(options: Mapping[str, Any], argv: list[str]) -> int:
    stdin = 0 if options.get("stdin") else os.open(os.devnull, os.O_RDONLY)
    request = {
        "argv": argv,
        "cwd": options["cwd"],
        "env": dict(os.environ),
        "explicit": options.get("explicit", ()),
        "user": options.get("user"),
    }
    return spawn(request, [stdin, 1, 2])


def _wait(pid: int, timeout: float | None) -> int | None:
    """The exit status as a shell would give it; None if it takes too long."""
    deadline = time.monotonic() + timeout if timeout else None
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    # From here on an end is noticed; one before it is found at the first look.
    while (status := _collect(pid)) is None:
        left = 60.0 if deadline is None else deadline - time.monotonic()
        if left <= 0:
            return None
        signal.sigtimedwait({signal.SIGCHLD}, min(left, 60.0))
    return status


def _collect(main: int) -> int | None:
    while True:
        pid, ended = os.waitpid(-1, os.WNOHANG)
        if pid == main:
            code = os.waitstatus_to_exitcode(ended)
            return code if code >= 0 else 128 - code
        if pid == 0:
            return None
