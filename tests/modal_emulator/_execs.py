"""A command in a sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from modal_proto import task_command_router_pb2 as router_pb2

from ._processes import Process


@dataclass
class Exec:
    """A command that was started, and what its streams are connected to."""

    exec_id: str
    argv: Sequence[str]
    process: Process
    request: router_pb2.TaskExecStartRequest
    _kept: list[asyncio.Future[None]] = field(default_factory=list)

    @property
    def returncode(self) -> int | None:
        """The exit status (negative: the signal), or None while the command runs."""
        return self.process.returncode

    def keep(self, future: asyncio.Future[None]) -> None:
        """Hold on to something that runs as long as the exec is known."""
        self._kept.append(future)

    def status(self, answer: type) -> object:
        """The exit status as an answer of type `answer`: a code or a signal, or neither while it runs."""
        code = self.returncode
        if code is None:
            return answer()
        return answer(code=code) if code >= 0 else answer(signal=-code)
