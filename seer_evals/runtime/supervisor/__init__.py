r"""The first process of a `workstation` sandbox: runs commands and opens files there on behalf of the host.

    python -I -S -c "…; from seer_runtime.supervisor.main import main; main()" \
        --control FD [--timeout S] [--idle S] [--reap] [--drop]

The host sends, over the control socket (`SOCK_SEQPACKET`, inherited, never a file), one message per request: a single
byte, and as ancillary data a *channel* (a stream socket) followed by the descriptors the request needs (for a command:
the ends of its stdout and stderr that it writes to, those that the host reads, and its stdin if it gets any). The rest
goes over that channel: the request (4-byte length, then JSON) and its answers (JSON lines, a descriptor attached where
one is asked for). Processes forked from here serve the requests, so that none can hold up another.

The process that serves a command (its *keeper*) adopts the descendants the command orphans. So they can be found when
the command is to be killed, and their output goes on being drained when the command has ended without them.

Standard library only: it runs in sandboxes where nothing is installed. The sandbox ends when this process does.
"""

from .clock import EXIT_IDLE, EXIT_TIMEOUT
from .killing import descendants, kill_tree

__all__ = ["EXIT_IDLE", "EXIT_TIMEOUT", "descendants", "kill_tree"]
