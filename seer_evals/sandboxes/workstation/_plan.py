"""What a process does before it becomes a sandbox, and the command line that has it do so."""

import dataclasses
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_PROGRAM = Path(__file__).with_name("_enter.py")


@dataclass(frozen=True)
class Overlay:
    """Directories laid over one another, the first on top."""

    names: tuple[str, ...]
    """Relative to the directory that has the layers."""
    target: str
    """Where on the host it is mounted, for the sandbox alone."""


@dataclass(frozen=True)
class Plan:
    """What `_enter.py` does; without anything said it becomes its command, with a keyring of its own."""

    groups: tuple[str, ...] = ()
    """Directories of the control groups that it joins."""
    users: bool = False
    """It becomes root of a user namespace with many users first."""
    layers: str = ""
    """The directory that has the layers of the overlays."""
    overlays: tuple[Overlay, ...] = ()
    image: str = ""
    """A file system that is mounted at `disk`."""
    disk: str = ""
    file_size: int = 0
    """Bytes that no file may exceed; 0 for any number."""
    filter: str = ""
    """File with the system call filter, whose descriptor takes the place of `{filter}` in the command."""
    env: Mapping[str, str] = field(default_factory=dict)
    """The command's variables."""

    def command(self, argv: Sequence[str]) -> tuple[str, ...]:
        """The command line; its first program has to be named by its absolute path."""
        data = dataclasses.asdict(self)
        data["overlays"] = [(overlay.names, overlay.target) for overlay in self.overlays]
        # Isolated and without site-packages: it may be root of a namespace, and starts before every sandbox.
        return (sys.executable, "-I", "-S", str(_PROGRAM), json.dumps(data), *argv)


def own_environment() -> dict[str, str]:
    """What this interpreter needs of the environment to start, and nothing else of it."""
    return {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
