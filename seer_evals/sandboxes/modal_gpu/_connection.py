"""A command with which a person enters a running sandbox."""

import shlex

from inspect_ai.util import SandboxConnection

from ._remote import Remote


def connection(remote: Remote, user: str | None) -> SandboxConnection:
    """How to open a shell in the sandbox.

    Raises:
        NotImplementedError: Modal's shell is always root's.
    """
    if user not in (None, "root", "0"):
        raise NotImplementedError(f"modal shell opens as root; from there: su - {user}")
    command = ["modal", "shell", remote.sandbox.object_id]
    return SandboxConnection(type="modal_gpu", command=shlex.join(command))
