"""A process that is held by its pipes for as long as its sample lives."""

import os
from typing import Self

import anyio
from typing_extensions import override

from seer_evals.sandboxes._base import ClosesOnce
from seer_evals.sandboxes._tail import Tail

from ._channel import Channel
from ._exec import Command, Execution, Streams, available, request_of
from ._supervised import Supervised

_CHUNK = 1 << 20
_LAST_WORDS_SECONDS = 2


class HeldProcess(ClosesOnce):
    """The host's ends of the pipes of one process in a sandbox."""

    def __init__(self, supervised: Supervised, channel: Channel, streams: Streams, limit: int) -> None:
        self._errors = Tail(limit)
        self._channel = channel
        self._streams = streams
        self._execution = Execution(supervised, channel, streams, Tail(0), self._errors)
        self._sending = anyio.Lock()
        self._receiving = anyio.Lock()
        self._ended = False

    @classmethod
    async def open(cls, supervised: Supervised, command: Command) -> Self:
        """Start the process.

        Raises:
            SandboxUnavailableError: The sandbox is not running.
        """
        streams = Streams(with_stdin=True)
        try:
            channel = await supervised.request(request_of(command), streams.theirs())
        except BaseException:
            streams.__exit__()
            raise
        streams.let_go()
        return cls(supervised, channel, streams, command.limit)

    @override
    async def send(self, data: bytes) -> None:
        view = memoryview(data)
        async with self._sending:
            while view:
                fd = self._streams.stdin
                if self._closed or fd is None:
                    raise ConnectionResetError("the process has ended")
                try:
                    view = view[os.write(fd, view[:_CHUNK]) :]
                except BlockingIOError:
                    await anyio.wait_writable(fd)
                except BrokenPipeError as error:
                    raise ConnectionResetError("the process has ended") from error

    @override
    async def receive(self) -> bytes:
        async with self._receiving:
            while not self._closed:
                self._drain_errors()
                try:
                    data = os.read(self._streams.out, _CHUNK)
                except BlockingIOError:
                    await self._wait()
                    continue
                if not data and not self._ended:
                    await self._note_how_it_ended()
                return data
        return b""

    async def _note_how_it_ended(self) -> None:
        self._ended = True
        with anyio.move_on_after(_LAST_WORDS_SECONDS):
            answer = await self._execution.answer()
            words = "" if answer is None else answer.get("message") or f"exit status {answer.get('status')}"
            self._errors.add(f"{words}\n".encode())

    async def _wait(self) -> None:
        """Wait until there is something on stdout, while stderr goes on being drained."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._keep_draining)
            await anyio.wait_readable(self._streams.out)
            group.cancel_scope.cancel()

    async def _keep_draining(self) -> None:
        while True:
            await anyio.wait_readable(self._streams.err)
            if not self._drain_errors():
                return

    def _drain_errors(self) -> bool:
        """Read what there is; False if there was nothing, as at the end of the stream."""
        before = len(self._errors.data)
        for chunk in available(self._streams.err, _CHUNK):
            self._errors.add(chunk)
            before = -1
        return before < 0

    @override
    def errors(self) -> str:
        return self._errors.text()

    @override
    async def _end(self) -> None:
        with anyio.CancelScope(shield=True):
            await self._execution.kill()
            # Whoever still waits for output must not find another file under the descriptor's number.
            with anyio.move_on_after(_LAST_WORDS_SECONDS):
                await self._receiving.acquire()
        self._channel.close()
        self._streams.__exit__()
