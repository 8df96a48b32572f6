"""Which kind of isolation works on this machine, tried once and remembered."""

import functools
import os
import shutil
import subprocess
import tempfile
from typing import Literal

from seer_evals.sandboxes._base import Isolation

from . import _groups, _scope, _seccomp
from ._mounts import CAPABILITIES
from ._plan import Plan, own_environment

Mode = Literal["root", "users", "user", "plain"]
"""`root`: the host's root with few capabilities; `users`: the same in a user namespace with many users; `user`: one
user in a user namespace; `plain`: ordinary processes."""

NO_BWRAP_VARIABLE = "SEER_NO_BWRAP"
_SECONDS = 20
_TRY = ("--unshare-pid", "--unshare-net", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "/bin/true")
_MISSING = (
    "files: the agent can read and write whatever you can, the repository, the logs and the ground truth included",
    "processes: the agent can see and stop yours, and read their environment",
    "network: the agent reaches what this machine reaches, other sandboxes included",
)


def bwrap() -> str | None:
    """The absolute path of bubblewrap; None if it is absent or not to be used."""
    return None if os.environ.get(NO_BWRAP_VARIABLE) == "1" else shutil.which("bwrap")


def mode() -> Mode:
    """The best kind of isolation that works here."""
    program = bwrap()
    return _tried(program)[0] if program else "plain"


def why_plain() -> str:
    """Why there is no isolation, in words."""
    program = bwrap()
    if program:
        return f"bubblewrap does not work here ({_tried(program)[1]})"
    if os.environ.get(NO_BWRAP_VARIABLE) == "1":
        return f"{NO_BWRAP_VARIABLE}=1 forbids bubblewrap"
    return "bubblewrap is not installed (apt-get install bubblewrap)"


def isolation(network: str) -> Isolation:
    """What a sandbox with this network policy keeps apart here."""
    missing = list(_MISSING) if mode() == "plain" else []
    if mode() != "plain" and network == "open":
        missing.append("network: it is open, and includes services of this machine")
    if mode() != "plain" and (problem := no_filter()):
        missing.append(f"system calls: {problem}; the agent can make namespaces and use the user's keyrings")
    if problem := no_ceilings():
        processes = "" if mode() in ("users", "user") else " and processes"
        missing.append(f"ceilings: {problem}; the agent can use up this machine's memory{processes}")
    return Isolation(complete=not missing, missing=tuple(missing))


def no_ceilings() -> str:
    """Why memory and processes of a sandbox have no ceilings here, in words; empty if they have."""
    groups = _groups.available()
    if isinstance(groups, str) and not _scope.works():
        return f"no control group can be made ({groups}) and systemd-run makes no scope"
    return ""


@functools.cache
def no_filter() -> str:
    """Why there is no filter on system calls here, in words; empty if there is."""
    program = bwrap()
    if program is None or (tried := _tried(program))[0] == "plain":
        return "there is no bubblewrap to install it"
    try:
        _seccomp.program()
    except _seccomp.NoFilter as problem:
        return str(problem)
    problem_here = _try(program, tried[0], filtered=True)
    return f"the kernel or bubblewrap refuses the filter ({problem_here})" if problem_here else ""


@functools.cache
def _tried(program: str) -> tuple[Mode, str]:
    problem = ""
    candidates: tuple[Mode, ...] = ("root", "user") if os.getuid() == 0 else ("users", "user")
    for name in candidates:
        problem = _try(program, name)
        if not problem:
            return name, ""
    return "plain", problem


def _options(mode: Mode) -> list[str]:
    if mode == "user":
        return ["--cap-drop", "ALL", "--unshare-user", "--uid", "0", "--gid", "0"]
    return ["--cap-drop", "ALL", *(part for capability in CAPABILITIES for part in ("--cap-add", capability))]


def _try(program: str, mode: Mode, filtered: bool = False) -> str:
    options = _options(mode)
    with tempfile.NamedTemporaryFile() as rules:
        if filtered:
            rules.write(_seccomp.program())
            rules.flush()
            options = ["--seccomp", "{filter}", *options]
        plan = Plan(users=mode == "users", filter=rules.name if filtered else "")
        command = plan.command([program, *options, *_TRY])
        try:
            tried = subprocess.run(
                command,
                capture_output=True,
                text=True,
                timeout=_SECONDS,
                env=own_environment(),
                stdin=subprocess.DEVNULL,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
    return "" if tried.returncode == 0 else tried.stderr.strip() or f"exit {tried.returncode}"
