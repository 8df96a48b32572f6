"""The process itself: from its options to its end."""

import argparse
import gc
import os
import resource
import signal
import socket

from .channel import receive
from .clock import Activity, end, watch_the_clock
from .killing import reap
from .privileges import PR_SET_CHILD_SUBREAPER, PR_SET_DUMPABLE, keep_only_what_we_have, prctl
from .workers import Workers


def main() -> None:
    """Serve requests until the host closes the control socket or a timeout is reached."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--control", type=int, required=True)
    parser.add_argument("--timeout", type=float, default=0.0)
    parser.add_argument("--idle", type=float, default=0.0)
    parser.add_argument("--processes", type=int, default=0)
    parser.add_argument("--reap", action="store_true")
    parser.add_argument("--drop", action="store_true")
    options = parser.parse_args()
    # A crash with models loaded would write gigabytes, wherever the host's pattern for cores says.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if options.processes:
        # In a user namespace it counts what is in there, and nobody in there can raise it.
        resource.setrlimit(resource.RLIMIT_NPROC, (options.processes, options.processes))
    os.umask(0o022)
    prctl(PR_SET_DUMPABLE, 0)
    if options.drop:
        keep_only_what_we_have()
    if options.reap:
        prctl(PR_SET_CHILD_SUBREAPER, 1)
    control = socket.socket(fileno=options.control)
    os.set_inheritable(control.fileno(), False)
    activity = Activity()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, lambda *_: reap())
    watch_the_clock(options.timeout, options.idle, activity, options.reap)
    # Workers are forked from here: what no collection touches stays shared with them.
    gc.freeze()
    control.send(b"ready")
    try:
        _serve(control, activity, options.idle)
    finally:
        end(0, options.reap)


def _serve(control: socket.socket, activity: Activity, idle: float) -> None:
    workers = Workers(control, activity, idle / 4 if idle else None)
    while True:
        try:
            message, fds = receive(control)
        except OSError:
            return
        if not message:
            return
        activity.touch()
        workers.hand_over(fds)
        for fd in fds:
            os.close(fd)
