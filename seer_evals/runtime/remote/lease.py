"""The first process of a sandbox: it ends, and the sandbox with it, when the host has not been heard of for a while."""

import contextlib
import os
import signal
import sys
import time


def main() -> None:
    """Watch the file in argv[1]; end when it has not changed for as many seconds as argv[2] says."""
    path, seconds = sys.argv[1], float(sys.argv[2])
    # As the first process it inherits what commands orphan, and has to reap it.
    signal.signal(signal.SIGCHLD, lambda *_: _reap())
    seen, heard = None, time.monotonic()
    while time.monotonic() - heard < seconds:
        with contextlib.suppress(OSError):
            changed = os.stat(path).st_mtime_ns
            if changed != seen:
                seen, heard = changed, time.monotonic()
        time.sleep(min(1.0, seconds / 8))
    os._exit(0)


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
