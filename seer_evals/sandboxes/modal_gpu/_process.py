"""A process that is held by its streams for as long as its sample lives."""

import asyncio
import contextlib
from typing import TYPE_CHECKING, Self

import anyio
from typing_extensions import override

from seer_evals.runtime.untrusted import NotPlain
from seer_evals.sandboxes._base import ClosesOnce
from seer_evals.sandboxes._operations import Command
from seer_evals.sandboxes._remarks import remark_in
from seer_evals.sandboxes._tail import Tail

from ._errors import cause_of_death
from ._exec import request_of
from ._remote import Remote, Request
from ._start import kill, start

if TYPE_CHECKING:
    from modal.container_process import ContainerProcess

_CHUNK = 1 << 20
_WAITING_CHUNKS = 64
_LAST_WORDS_SECONDS = 5


class HeldProcess(ClosesOnce):
    """The host's ends of the streams of one process in a sandbox."""

    def __init__(self, remote: Remote, asked: Request, process: "ContainerProcess[bytes]", limit: int) -> None:
        self._remote = remote
        self._asked = asked
        self._process = process
        self._errors = Tail(limit)
        self._sending = anyio.Lock()
        self._ended = False
        self._arrived: asyncio.Queue[bytes] = asyncio.Queue(_WAITING_CHUNKS)
        # Whoever waits for output may stop waiting, which must not tear a stream apart: so others read it.
        self._stdout = asyncio.create_task(self._read())
        self._stderr = asyncio.create_task(self._read_errors())

    @classmethod
    async def open(cls, remote: Remote, command: Command) -> Self:
        """Start the process.

        Raises:
            SandboxUnavailableError: The sandbox is not running.
        """
        asked = request_of(remote, command)
        held = cls(remote, asked, await start(remote, asked), command.limit)
        await held.send(asked.prefix)
        return held

    @override
    async def send(self, data: bytes) -> None:
        view = memoryview(data)
        async with self._sending:
            while view:
                if self._closed or self._ended:
                    raise ConnectionResetError("the process has ended")
                try:
                    self._process.stdin.write(bytes(view[:_CHUNK]))
                    await self._process.stdin.drain.aio()
                except Exception as error:
                    raise ConnectionResetError(f"the process has ended ({error})") from error
                view = view[_CHUNK:]

    @override
    async def receive(self) -> bytes:
        if self._closed or (self._ended and self._arrived.empty()):
            return b""
        data = await self._arrived.get()
        if not data:
            # For whoever waits beside this one.
            self._arrived.put_nowait(b"")
        return data

    async def _read(self) -> None:
        try:
            async for chunk in self._process.stdout:
                await self._arrived.put(chunk)
        except Exception as error:
            self._errors.add(f"{error}\n".encode())
        await self._note_how_it_ended()
        self._ended = True
        await self._arrived.put(b"")

    async def _read_errors(self) -> None:
        with contextlib.suppress(Exception):
            async for chunk in self._process.stderr:
                self._errors.add(chunk)

    async def _note_how_it_ended(self) -> None:
        with anyio.move_on_after(_LAST_WORDS_SECONDS):
            try:
                await asyncio.wait([self._stderr])
                code = await self._process.wait.aio()
            except Exception as error:
                cause = await cause_of_death(self._remote.sandbox)
                self._errors.add(f"{cause or error}\n".encode())
                return
            with contextlib.suppress(NotPlain):
                words = remark_in(self._errors.cut_out(self._asked.token) or b"{}").get("message")
                self._errors.add(f"{words or f'exit status {code}'}\n".encode())

    @override
    def errors(self) -> str:
        return self._errors.text()

    @override
    async def _end(self) -> None:
        if not self._ended:
            await kill(self._remote, self._asked)
        for reading in (self._stdout, self._stderr):
            reading.cancel()
        with contextlib.suppress(asyncio.QueueFull):
            self._arrived.put_nowait(b"")
