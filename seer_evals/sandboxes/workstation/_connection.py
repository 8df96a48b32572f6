"""A command with which a person enters a running sandbox."""

import os
import shlex

from inspect_ai.util import SandboxConnection

from ._launch import Started
from ._mounts import CAPABILITIES


def connection(started: Started, user: str | None) -> SandboxConnection:
    """How to open a shell in the sandbox.

    Raises:
        ConnectionError: The sandbox is not running.
        NotImplementedError: There are no namespaces to enter.
    """
    pid = started.supervised.init_pid()
    if started.mode == "plain":
        raise NotImplementedError("a sandbox without isolation has nothing to enter; its files lie in its layout")
    variables = [f"{name}={value}" for name, value in started.variables.items()]
    shell = ["/usr/bin/env", "-i", *variables, "TERM=xterm-256color", *_as_user(started, user), "/bin/bash"]
    enter = ["nsenter", "--target", str(pid), *_namespaces(started, pid), f"--wdns={started.layout.workspace}"]
    return SandboxConnection(type="workstation", command=shlex.join([*enter, "--", *shell]))


def _namespaces(started: Started, pid: int) -> list[str]:
    options = ["--mount", "--uts", "--ipc", "--pid", "--root"]
    if started.mode in ("user", "users"):
        options = ["--user", "--preserve-credentials", *options]
    if os.readlink(f"/proc/{pid}/ns/net") != os.readlink("/proc/self/ns/net"):
        options.append("--net")
    return options


def _as_user(started: Started, user: str | None) -> list[str]:
    if started.mode == "user":
        return []
    # Whoever enters as root must not bring more along than the sandbox's root has.
    kept = ",".join(["-all", *(f"+{name.removeprefix('CAP_').lower()}" for name in CAPABILITIES)])
    command = ["/usr/bin/setpriv", "--no-new-privs", f"--bounding-set={kept}", "--inh-caps=-all"]
    if user not in (None, "root", "0"):
        command += [f"--reuid={user}", f"--regid={user}", "--init-groups"]
    return command
