"""`workstation`: Inspect sandboxes on this machine, isolated with bubblewrap where it works."""

from ._sandbox import WorkstationSandbox

__all__ = ["WorkstationSandbox"]
