"""The process that serves one scoped sandbox's functions, as the host sees it."""

import itertools
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import anyio
from anyio.abc import TaskGroup
from inspect_ai.util import SandboxEnvironment

from seer_evals.environment import ScopedSpec
from seer_evals.lab.functions._link import Link
from seer_evals.lab.functions._spec import Function
from seer_evals.runtime.functions.frames import Frame, FrameError, frame
from seer_evals.runtime.untrusted import NotPlain
from seer_evals.sandboxes import Layout, Said, Text, checked, open_process

logger = logging.getLogger(__name__)

START_SECONDS = 900
SILENCE_SECONDS = 30.0
"""A server that says nothing for so long, not even that it is alive, is ended."""
MAX_RESTARTS = 5


class ScopedError(Exception):
    """A scoped sandbox that does not serve; the message is for whoever wrote the interface, not for the agent."""


@dataclass(frozen=True)
class Service:
    """What a scoped sandbox is to serve."""

    spec: ScopedSpec
    source: str
    """Of the interface file; it goes into the process and into no file."""
    functions: Sequence[Function]
    models: list[dict[str, Any]] = field(default_factory=list)
    """Arguments for `seer_runtime.models.load`."""

    def as_frame(self) -> Frame:
        """The first frame that the server is sent."""
        fields = {
            "name": self.spec.name,
            "source": self.source,
            "functions": [function.model_dump(mode="json") for function in self.functions],
            "models": self.models,
            "concurrent": self.spec.concurrent,
        }
        return frame(0, fields)


class _Started(Said):
    """What a server says of its start."""

    ready: bool = False
    trace: Text = ""


class _Answered(Said):
    """What a server says when it was asked as the target."""

    answer: dict[str, Any]


def _problem(message: Frame) -> str:
    """Why a server did not start, in the words of its first frame; empty if it did."""
    try:
        started = checked(_Started, message.fields())
    except (FrameError, NotPlain) as error:
        return f"its first frame cannot be read: {error}"
    return "" if started.ready else started.trace or "it does not say why"


class Answer:
    """The answer to one call, when it has come."""

    def __init__(self) -> None:
        self._arrived = anyio.Event()
        self._message: Frame | None = None

    def put(self, message: Frame | None) -> None:
        """Hand it over; None if none will come."""
        self._message = message
        self._arrived.set()

    async def get(self) -> Frame | None:
        """Wait for it."""
        await self._arrived.wait()
        return self._message

    @property
    def arrived(self) -> bool:
        """Whether it is known."""
        return self._arrived.is_set()


class ScopedServer:
    """Starts the server process, carries calls to it, and starts another one when it has ended."""

    def __init__(self, sandbox: SandboxEnvironment, layout: Layout, service: Service, group: TaskGroup) -> None:
        self.service = service
        self._sandbox = sandbox
        self._layout = layout
        self._group = group
        self._starting = anyio.Lock()
        self._link: Link | None = None
        self._starts = 0
        self._heard = 0.0
        self._numbers = itertools.count(1)
        self._waiting: dict[int, Answer] = {}

    @property
    def name(self) -> str:
        """The scoped sandbox's name."""
        return self.service.spec.name

    async def start(self) -> Link:
        """Start the process unless it runs.

        Raises:
            ScopedError: The interface or a model could not be loaded, or the process has ended too often.
        """
        async with self._starting:
            if self._link is None:
                if self._starts > MAX_RESTARTS:
                    raise ScopedError(f"the scoped sandbox {self.name!r} has ended {self._starts} times")
                self._starts += 1
                self._link = await self._open()
            return self._link

    async def _open(self) -> Link:
        command = [self._layout.python, "-P", "-m", "seer_runtime.functions.server"]
        link = Link(await open_process(self._sandbox, self._layout, command, {"PYTHONPATH": self._layout.runtime}))
        ready = self._waiting[0] = Answer()
        self._group.start_soon(self._listen, link)
        try:
            await link.send(self.service.as_frame())
            with anyio.fail_after(START_SECONDS):
                answer = await ready.get()
        except BaseException as error:
            with anyio.CancelScope(shield=True):
                await link.process.close()
            if isinstance(error, TimeoutError | ConnectionError):
                raise self._failed_start(str(error) or "it took too long", link) from error
            raise
        if problem := _problem(answer) if answer is not None else link.process.errors() or "it has ended":
            await link.process.close()
            raise self._failed_start(problem.strip(), link)
        return link

    def _failed_start(self, why: str, link: Link) -> ScopedError:
        interface = self.service.spec.interface
        log = link.process.errors().strip()
        return ScopedError(
            f"the scoped sandbox {self.name!r} with the interface {interface} did not start:\n{why}\n{log}"
        )

    async def _listen(self, link: Link) -> None:
        try:
            async for message in link.frames():
                self._heard = time.monotonic()
                if message.header and (answer := self._waiting.get(message.channel)):
                    answer.put(message)
        except FrameError:
            pass
        except Exception:
            # An error here would end the task group, and with it the calls of the whole sample.
            logger.exception("what the scoped sandbox %r says could not be read", self.name)
        finally:
            if self._link is link:
                self._link = None
            for answer in self._waiting.values():
                if not answer.arrived:
                    answer.put(None)
            with anyio.CancelScope(shield=True):
                await link.process.close()

    async def call(self, function: str, arguments: Any, payload: bytes, as_text: bool) -> Frame:
        """Call a function with encoded arguments and wait for the answer.

        Raises:
            ConnectionError: The process has ended, before or during the call.
            ScopedError: It could not be started again.
        """
        fields = {
            "function": function,
            "arguments": arguments,
            "timeout": self.service.spec.timeout,
            "as": "text" if as_text else "value",
        }
        return await self._exchange(fields, payload)

    async def ask_target(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Let a model answer as the target; `request` as in `seer_runtime.target.target`.

        Raises:
            ConnectionError: The process has ended, before or during the request.
            ScopedError: It could not be started again.
            NotPlain: It gave no answer that can be read.
        """
        message = await self._exchange({"target": dict(request)}, b"")
        return checked(_Answered, message.fields()).answer

    async def _exchange(self, fields: dict[str, Any], payload: bytes) -> Frame:
        link = await self.start()
        number = next(self._numbers)
        answer = self._waiting[number] = Answer()
        try:
            await link.send(frame(number, fields, payload))
            self._heard = time.monotonic()
            message = await self._wait(link, answer)
        finally:
            del self._waiting[number]
            if not answer.arrived and self._link is link:
                await self._take_back(link, number)
        if message is None:
            raise ConnectionError(f"the sandbox {self.name!r} has ended during the call; its next call starts it again")
        return message

    async def _wait(self, link: Link, answer: Answer) -> Frame | None:
        while True:
            with anyio.move_on_after(SILENCE_SECONDS / 4):
                return await answer.get()
            if time.monotonic() - self._heard > SILENCE_SECONDS:
                await link.process.close()

    async def _take_back(self, link: Link, number: int) -> None:
        with anyio.CancelScope(shield=True), anyio.move_on_after(1):
            try:
                await link.send(Frame(number))
            except ConnectionError:
                return

    async def close(self) -> None:
        """End the process."""
        if self._link is not None:
            await self._link.process.close()

    def log(self) -> str:
        """The end of what the interface printed."""
        return self._link.process.errors() if self._link is not None else ""
