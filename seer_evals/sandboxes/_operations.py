"""Commands and files of a sandbox as Inspect asks for them: what the providers with ways of their own do alike."""

import os
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, overload

from inspect_ai.util import ExecResult, SandboxEnvironmentLimits
from typing_extensions import override

from seer_evals.sandboxes._base import Isolation, Layout
from seer_evals.sandboxes._life import Ends

LOG_BYTES = 64 * 1024
"""Kept of what a process that is held writes to stderr."""


@dataclass(frozen=True)
class Command:
    """What to run."""

    argv: Sequence[str]
    cwd: str
    env: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None
    input: bytes | None = None
    timeout: float | None = None
    """Seconds."""
    limit: int = 10 * 1024**2
    """Bytes kept of each output stream: the last ones."""


class Operations(Ends):
    """Reads what Inspect says of a command or a file; a subclass carries it out."""

    def __init__(self, name: str, layout: Layout, isolation: Isolation) -> None:
        super().__init__()
        self._name = name
        self._layout = layout
        self._isolation = isolation

    @property
    @override
    def layout(self) -> Layout:
        return self._layout

    @property
    @override
    def isolation(self) -> Isolation:
        return self._isolation

    @abstractmethod
    async def _run(self, command: Command, concurrency: bool) -> ExecResult[str]: ...

    @abstractmethod
    async def _write(self, path: str, asked: str, data: bytes) -> None: ...

    @abstractmethod
    async def _read(self, path: str, asked: str) -> bytes: ...

    @override
    async def exec(
        self,
        cmd: list[str],
        input: str | bytes | None = None,
        cwd: str | None = None,
        env: dict[str, str] | None = None,
        user: str | None = None,
        timeout: int | None = None,
        timeout_retry: bool = True,
        concurrency: bool = True,
    ) -> ExecResult[str]:
        """Run a command; of more output than Inspect's limit, the end is kept.

        A command that times out is not tried again, whatever `timeout_retry` says: it may have done half its work.

        Raises:
            TimeoutError: The command timed out; it and all it started is dead. `truncated_output` holds what it wrote.
            PermissionError: The file is not executable.
            SandboxUserUnsupportedError: This sandbox cannot run anything as `user`.
            SandboxUnavailableError: The sandbox is not running, or cannot be reached; the message says why.
            PermissionError: This is a scoped sandbox, in which no command runs: Inspect's own tools are the agent's.
        """
        if not cmd:
            raise ValueError("exec needs a command; got an empty list")
        if self._name != "default":
            raise PermissionError(
                f"no command runs in the scoped sandbox {self._name!r}; it answers the functions of its interface only"
            )
        command = Command(
            argv=cmd,
            cwd=self._inside(cwd or ""),
            env=env or {},
            user=user,
            input=input.encode() if isinstance(input, str) else input,
            timeout=timeout,
            limit=SandboxEnvironmentLimits.MAX_EXEC_OUTPUT_SIZE,
        )
        return await self._run(command, concurrency)

    @override
    async def write_file(self, file: str, contents: str | bytes) -> None:
        await self._write(self._inside(file), file, contents.encode() if isinstance(contents, str) else contents)

    @overload
    async def read_file(self, file: str, text: Literal[True] = True) -> str: ...

    @overload
    async def read_file(self, file: str, text: Literal[False]) -> bytes: ...

    @override
    async def read_file(self, file: str, text: bool = True) -> str | bytes:
        data = await self._read(self._inside(file), file)
        return data.decode("utf-8") if text else data

    def _inside(self, path: str) -> str:
        return os.path.join(self.layout.workspace, path)
