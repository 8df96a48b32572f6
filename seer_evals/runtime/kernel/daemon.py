"""Start the kernel host of a sandbox as a daemon: `python -m seer_runtime.kernel.daemon <run directory>`.

Returns 0 when the host's socket answers, whether it was started now or before. Returns 1 when it could not be started,
with the end of its log on stderr.
"""

import asyncio
import fcntl
import os
import socket
import sys
import time
from pathlib import Path

from .address import LOCK, LOG, PID, SOCKET


def answers(path: Path) -> bool:
    """Somebody listens at the unix socket."""
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(str(path))
        except OSError:
            return False
        return True


def spawn(run: Path) -> bool:
    """Start the daemon and wait until it is ready; false if it ended before."""
    ready, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ready)
        os.setsid()
        if os.fork():
            os._exit(0)
        _become_daemon(run, theirs)
    os.close(theirs)
    os.waitpid(child, 0)
    return os.read(ready, 1) == b"+"


def _become_daemon(run: Path, ready: int) -> None:
    """Leave the caller's directory and streams behind, then serve."""
    code = 1
    try:
        os.chdir(run)
        log = os.open(LOG, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        _close_others(keep=ready)
        (run / PID).write_text(f"{os.getpid()}\n")
        _serve(run, ready)
        code = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _close_others(keep: int) -> None:
    """Close whatever was inherited, so that no caller waits for the end of a pipe that the daemon holds."""
    os.closerange(3, keep)
    os.closerange(keep + 1, 4096)


def _serve(run: Path, ready: int) -> None:
    from .host import serve

    def announce() -> None:
        os.write(ready, b"+")
        os.close(ready)

    asyncio.run(serve(run, announce))


def main() -> int:
    """Make sure that the host of the run directory in argv answers."""
    run = Path(sys.argv[1])
    run.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(run / LOCK, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if answers(run / SOCKET) or spawn(run):
            return 0
    time.sleep(0.05)
    print((run / LOG).read_text(errors="replace")[-4000:], file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
