"""Takes calls from code in the agent's sandbox: who may call, and how much at once, before any work is done."""

import hmac
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import anyio
from anyio.abc import TaskGroup

from seer_evals.lab.functions._events import CallLog
from seer_evals.lab.functions._link import Link
from seer_evals.runtime.functions.frames import Frame, FrameError, frame

logger = logging.getLogger(__name__)

MAX_AT_ONCE = 128
"""Calls that are under way."""
MAX_BYTES_AT_ONCE = 256 * 2**20
MAX_VALUES = 50_000
"""Plain values in one call: what takes a few hundredths of a second to read."""


@dataclass(frozen=True)
class Call:
    """A call that may be made."""

    caller: str
    sandbox: str
    function: str
    arguments: Mapping[str, Any]
    """Encoded."""
    payload: bytes
    as_text: bool


class Reception:
    """The calls from one sample's agent. Nothing that is said here ends anything but the call itself."""

    def __init__(self, group: TaskGroup, log: CallLog, answer: Callable[[Call], Awaitable[Frame]]) -> None:
        self._group = group
        self._log = log
        self._answer = answer
        self._callers: dict[str, str] = {}
        self._serving: dict[int, anyio.CancelScope] = {}
        self._bytes = 0

    def token(self, caller: str) -> str:
        """A token with which code in the agent's sandbox calls; the log names `caller`."""
        token = secrets.token_urlsafe(32)
        self._callers[token] = caller
        return token

    async def listen(self, link: Link) -> None:
        """Take calls from a broker until it ends, and take back those that were under way.

        Raises:
            FrameError: What it sends are no frames.
        """
        try:
            async for message in link.frames():
                if not message.header:
                    if scope := self._serving.get(message.channel):
                        scope.cancel()
                elif message.channel not in self._serving:
                    await self._hear(link, message)
        finally:
            for scope in self._serving.values():
                scope.cancel()

    async def _hear(self, link: Link, message: Frame) -> None:
        """Begin to serve a call, or refuse it.

        A refusal is sent before the next frame is read: who floods this process waits for it, and starts no task.
        """
        try:
            call = self.admitted(message)
        except (PermissionError, FrameError) as error:
            kind = "PermissionError" if isinstance(error, PermissionError) else "ValueError"
            self._log.refusal(str(error))
            await self._send(link, message.channel, refusal(kind, str(error)))
            return
        scope = self._serving[message.channel] = anyio.CancelScope()
        size = len(message.header) + len(message.payload)
        self._bytes += size
        self._group.start_soon(self._serve, link, message.channel, call, size, scope)

    def admitted(self, message: Frame) -> Call:
        """The call that a frame makes.

        Raises:
            PermissionError: It carries no token of this sample.
            FrameError: It is no call, or too many are under way.
        """
        if len(self._serving) >= MAX_AT_ONCE or self._bytes > MAX_BYTES_AT_ONCE:
            raise FrameError("too many calls are under way; wait for some of them")
        fields = message.fields(MAX_VALUES)
        caller = self._authenticate(fields.get("token"))
        sandbox, function, arguments = fields.get("sandbox"), fields.get("function"), fields.get("arguments")
        if not (isinstance(sandbox, str) and isinstance(function, str) and isinstance(arguments, dict)):
            raise FrameError("a call names sandbox, function and arguments")
        return Call(caller, sandbox, function, arguments, message.payload, fields.get("as") == "text")

    def _authenticate(self, token: object) -> str:
        given = token.encode("utf-8", "replace") if isinstance(token, str) else b""
        caller = None
        for known, name in self._callers.items():
            if hmac.compare_digest(known.encode(), given):
                caller = name
        if caller is None:
            raise PermissionError("this call carries no token of this sample")
        return caller

    async def _serve(self, link: Link, channel: int, call: Call, size: int, scope: anyio.CancelScope) -> None:
        try:
            with scope:
                await self._send(link, channel, await self._answered(call))
        finally:
            self._bytes -= size
            del self._serving[channel]

    async def _answered(self, call: Call) -> Frame:
        try:
            return await self._answer(call)
        except Exception as error:
            # An error here would end the task group, and with it the calls of the whole sample.
            logger.exception("a call of %s could not be served", call.function[:80])
            return refusal("RuntimeError", f"the call could not be served ({type(error).__name__})")

    async def _send(self, link: Link, channel: int, answer: Frame) -> None:
        try:
            await link.send(Frame(channel, answer.header, answer.payload))
        except ConnectionError:
            return


def refusal(kind: str, message: str) -> Frame:
    """The answer to a call that was not made."""
    return frame(0, {"error": {"type": kind, "message": message}})
