"""What our sandbox providers offer beyond Inspect's contract: a layout of neutral paths, and a place for weights."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from inspect_ai.util import SandboxEnvironment
from typing_extensions import override


@dataclass(frozen=True)
class Layout:
    """Where things are inside a sandbox, as the code in it sees them (absolute paths)."""

    python: str
    """The interpreter that has the packages of the environment."""
    runtime: str
    """Directory that holds the package `seer_runtime`; a process that needs it has it on `PYTHONPATH`."""
    run: str
    """Writable directory for sockets and other files of the runtime's own processes."""
    models: str
    """Read-only directory of the weights: `m0`, `m1`, …"""
    workspace: str
    """The agent's working directory, and what relative paths refer to."""


@dataclass(frozen=True)
class Placed:
    """Directories of a model inside a sandbox."""

    base: str
    adapter: str | None = None


@dataclass(frozen=True)
class Isolation:
    """What a sandbox really keeps apart, for the log and for `require_isolation`."""

    complete: bool
    missing: tuple[str, ...] = ()
    """In words, each thing that the agent could reach although it should not."""


class Process(ABC):
    """A process in a sandbox that is talked with through its stdin and stdout for as long as the sample lives."""

    @abstractmethod
    async def send(self, data: bytes) -> None:
        """Write all of `data` to its stdin, one caller after the other.

        Raises:
            ConnectionError: It has ended.
        """

    @abstractmethod
    async def receive(self) -> bytes:
        """Some bytes of its stdout, as soon as there are any; empty once it has ended."""

    @abstractmethod
    def errors(self) -> str:
        """The end of what it wrote to stderr, as far as it has been read."""

    @abstractmethod
    async def close(self) -> None:
        """Kill it with everything it has started; nothing happens if it has ended."""


class ClosesOnce(Process):
    """A process that is ended when it is first closed, however often that is asked."""

    _closed = False

    @override
    async def close(self) -> None:
        if not self._closed:
            self._closed = True
            await self._end()

    @abstractmethod
    async def _end(self) -> None: ...


class LabSandbox(SandboxEnvironment):
    """A sandbox that a laboratory can be opened in."""

    @property
    @abstractmethod
    def layout(self) -> Layout:
        """The sandbox's paths."""

    @property
    @abstractmethod
    def isolation(self) -> Isolation:
        """What is kept apart here."""

    def ceilings_met(self) -> str:
        """Which ceiling the sandbox met since this was last asked, in words (`out of memory: …`); empty if none."""
        return ""

    @abstractmethod
    async def place_model(self, name: str, files: Mapping[str, Path]) -> str:
        """Make host files appear read-only below `<layout.models>/<name>/`; no visible path names their origin.

        Args:
            name: Neutral directory name such as `m0`.
            files: Path relative to that directory -> file on the host. Large files are linked, not
                copied, where possible.

        Returns:
            The directory inside the sandbox.
        """

    def provided_model(self, name: str) -> Placed | None:
        """The model of that name, if the provider has put it in place itself; otherwise it is fetched and placed."""
        return None

    @abstractmethod
    async def open_process(self, command: Sequence[str], env: Mapping[str, str] | None = None) -> Process:
        """Start a process in the workspace and hold it by its streams.

        Args:
            command: The program, by its absolute path or found on the sandbox's PATH, and its arguments.
            env: Variables beside those of the sandbox.

        A program that cannot be started has ended at once, and `errors` says why.

        Raises:
            SandboxUnavailableError: The sandbox is not running.
        """
