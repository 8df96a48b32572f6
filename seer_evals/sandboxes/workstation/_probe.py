"""Which kind of isolation works on this machine, tried once and remembered."""

import functools
import os
import shutil
import subprocess
from typing import Literal

from seer_evals.sandboxes._base import Isolation

from ._mounts import CAPABILITIES

Mode = Literal["root", "user", "plain"]
"""`root`: the host's root with few capabilities; `user`: one user in a user namespace; `plain`: ordinary processes."""

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
    if mode() == "plain":
        return Isolation(complete=False, missing=_MISSING)
    if network == "open":
        return Isolation(complete=False, missing=("network: it is open, and includes services of this machine",))
    return Isolation(complete=True)


@functools.cache
def _tried(program: str) -> tuple[Mode, str]:
    problem = ""
    candidates: list[tuple[Mode, list[str]]] = []
    if os.getuid() == 0:
        capabilities = [part for capability in CAPABILITIES for part in ("--cap-add", capability)]
        candidates.append(("root", ["--cap-drop", "ALL", *capabilities]))
    candidates.append(("user", ["--cap-drop", "ALL", "--unshare-user", "--uid", "0", "--gid", "0"]))
    for name, options in candidates:
        problem = _try(program, options)
        if not problem:
            return name, ""
    return "plain", problem


def _try(program: str, options: list[str]) -> str:
    try:
        tried = subprocess.run([program, *options, *_TRY], capture_output=True, text=True, timeout=_SECONDS, env={})
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return "" if tried.returncode == 0 else tried.stderr.strip() or f"exit {tried.returncode}"
