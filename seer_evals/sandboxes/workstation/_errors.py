"""Errors that name the sandbox and what became of it."""

from inspect_ai.util import SandboxUnavailableError


def unavailable(cause: str) -> SandboxUnavailableError:
    """The error for a request that reached no sandbox, with the cause in words."""
    return SandboxUnavailableError(f"the workstation sandbox is not running: {cause}")
