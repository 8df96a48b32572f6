"""Programs that a provider runs inside a sandbox that it can only reach by `exec`, such as one on Modal.

    python -I -S -c "…; from seer_runtime.remote.command import main; main()" '{"token": …}' argv…

`command` runs one command, `transfer` reads or writes one file, `kill` ends a command with all it started, `lease` is
the sandbox's first process and ends it when the host has gone, `hello` tells a new sandbox's state, `weights` fetches
a repository of the hub.

The exit status is the command's own, and stdout and stderr are its own streams. Where the status cannot say what
happened, it is `EXIT_REMARK` and the last line of stderr is a *remark*: the token of the request, then JSON.

Standard library only (but for `weights`), and nothing is kept in memory: each request is a process.
"""

from .remarks import EXIT_REMARK

__all__ = ["EXIT_REMARK"]
