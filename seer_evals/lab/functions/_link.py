"""Frames to and from a process in a sandbox."""

from collections.abc import AsyncIterator

import anyio.lowlevel

from seer_evals.runtime.functions.frames import Frame, Splitter
from seer_evals.sandboxes import Process


class Link:
    """A held process that speaks frames."""

    def __init__(self, process: Process) -> None:
        self.process = process

    async def send(self, message: Frame) -> None:
        """Send one frame.

        Raises:
            ConnectionError: The process has ended.
            FrameError: The frame is too large.
        """
        await self.process.send(message.pack())

    async def frames(self) -> AsyncIterator[Frame]:
        """The frames that it sends, until it ends; whoever sends without pause keeps nobody here from running.

        Raises:
            FrameError: What it sends are no frames.
        """
        splitter = Splitter()
        while data := await self.process.receive():
            splitter.feed(data)
            await anyio.lowlevel.checkpoint()
            while (message := splitter.next()) is not None:
                yield message
                await anyio.lowlevel.checkpoint()
