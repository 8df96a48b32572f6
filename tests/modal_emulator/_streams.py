"""Output that is kept whole and can be read from any offset, as often as a client asks for it."""

import asyncio
from collections.abc import AsyncIterator

CHUNK = 512 * 1024


class Buffer(asyncio.Protocol):
    """What a process wrote to one pipe; its end is the end of the pipe, not of the process."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.closed = False
        self._changed = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        """Keep what arrived."""
        self.data += data
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """The last writer closed the pipe."""
        self.close()

    def close(self) -> None:
        """Nothing more will come."""
        self.closed = True
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def read(self, offset: int) -> AsyncIterator[bytes]:
        """Everything from `offset` on, in chunks of at most `CHUNK` bytes, until the pipe closes."""
        while True:
            changed = self._changed
            while offset < len(self.data):
                chunk = bytes(self.data[offset : offset + CHUNK])
                offset += len(chunk)
                yield chunk
            if self.closed:
                return
            if not changed.is_set():
                await changed.wait()


class Stdin:
    """The writing end of a process's stdin, with the offset that a client resumes at."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._lock = asyncio.Lock()
        self.written = 0
        self.closed = False

    async def write(self, offset: int, data: bytes, eof: bool) -> None:
        """Write what lies beyond `written`; a repeated chunk is dropped.

        Raises:
            BrokenPipeError: the process no longer reads, or stdin is closed already.
        """
        async with self._lock:
            fresh = data[max(0, self.written - offset) :]
            if self.closed and (fresh or not eof):
                raise BrokenPipeError("stdin is closed")
            if fresh:
                self._writer.write(fresh)
                await self._drain()
                self.written += len(fresh)
            if eof:
                self.close()

    async def _drain(self) -> None:
        try:
            await self._writer.drain()
        except (ConnectionResetError, BrokenPipeError) as error:
            raise BrokenPipeError("the process does not read its stdin") from error
        if self._writer.is_closing():
            raise BrokenPipeError("the process does not read its stdin")

    def close(self) -> None:
        """Send the end of the file."""
        if not self.closed:
            self.closed = True
            self._writer.close()


async def reading(fd: int) -> Buffer:
    """A buffer that fills from the pipe `fd`."""
    _, buffer = await asyncio.get_running_loop().connect_read_pipe(Buffer, open(fd, "rb", 0))  # noqa: SIM115
    return buffer


async def writing(fd: int) -> Stdin:
    """A stdin that empties into the pipe `fd`."""
    loop = asyncio.get_running_loop()
    pipe = open(fd, "wb", 0)  # noqa: SIM115
    transport, protocol = await loop.connect_write_pipe(lambda: asyncio.streams.FlowControlMixin(loop=loop), pipe)
    return Stdin(asyncio.StreamWriter(transport, protocol, None, loop))
