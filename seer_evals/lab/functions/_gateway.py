"""The one way to the functions of scoped sandboxes: decides who may call what, and writes every call down."""

import hmac
import logging
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import anyio
from anyio.abc import TaskGroup
from inspect_ai.model import ContentImage, ContentText
from inspect_ai.tool import ToolResult
from inspect_ai.util import SandboxEnvironment

from seer_evals.lab.functions._broker import open_broker
from seer_evals.lab.functions._events import record_call
from seer_evals.lab.functions._link import Link
from seer_evals.lab.functions._server import ScopedError, ScopedServer, Service
from seer_evals.lab.functions._spec import Function
from seer_evals.lab.functions._tools import CallError
from seer_evals.plain_text import shown
from seer_evals.runtime.functions.frames import Frame, FrameError, frame
from seer_evals.runtime.functions.values import CrossingError, decode, encode
from seer_evals.sandboxes import Layout
from seer_evals.targets import TargetError

logger = logging.getLogger(__name__)

MAX_AT_ONCE = 128
"""Calls from the agent's sandbox that are under way."""
MAX_BYTES_AT_ONCE = 256 * 2**20
MAX_REFUSALS_LOGGED = 50
MAX_BROKERS = 10


class Gateway:
    """The functions of one sample's scoped sandboxes."""

    def __init__(self, sandbox: SandboxEnvironment, layout: Layout, group: TaskGroup) -> None:
        self._sandbox = sandbox
        self._layout = layout
        self._group = group
        self._servers: dict[str, ScopedServer] = {}
        self._callers: dict[str, str] = {}
        self._serving: dict[int, anyio.CancelScope] = {}
        self._bytes = 0
        self._refusals = 0

    @property
    def functions(self) -> list[Function]:
        """All functions; their module is the name of their sandbox."""
        return [function for server in self._servers.values() for function in server.service.functions]

    def by_sandbox(self) -> dict[str, list[Function]]:
        """The functions of each scoped sandbox."""
        return {name: list(server.service.functions) for name, server in self._servers.items()}

    def models(self, sandbox: str) -> list[str]:
        """Names of the models in a scoped sandbox; the first is taken if a call names none."""
        return [str(model["name"]) for model in self._servers[sandbox].service.models]

    def token(self, caller: str) -> str:
        """A token with which code in the agent's sandbox calls; the log names `caller`."""
        token = secrets.token_urlsafe(32)
        self._callers[token] = caller
        return token

    # --- calls from this process ------------------------------------------------------------------------------------

    async def call(self, function: Function, arguments: Mapping[str, Any], caller: str = "harness") -> Any:
        """Call a function and return its value; tensors arrive as numpy arrays.

        Args:
            function: One of `functions`.
            arguments: By name; of a variadic parameter, a list or dict under its name.
            caller: What the log says.

        Raises:
            CallError: The call failed; the message is the function's own error.
        """
        fields, payload = await self._checked(caller, function, arguments, as_text=False)
        return decode(fields["value"], payload, "numpy")

    async def call_tool(self, function: Function, arguments: dict[str, Any]) -> ToolResult:
        """Call a function for an agent's tool call: text, and images if it drew any.

        Raises:
            CallError: The call failed; the message is the function's own error.
        """
        fields, _ = await self._checked("tool", function, arguments, as_text=True)
        return tool_result(fields)

    async def ask_target(self, sandbox: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Let a model in a scoped sandbox answer as the target; no code of the agent's can ask for this.

        Args:
            sandbox: Name of the scoped sandbox.
            request: As in `seer_runtime.target`.

        Raises:
            TargetError: The sandbox does not answer.
        """
        try:
            return await self._servers[sandbox].ask_target(request)
        except (ConnectionError, FrameError, ScopedError) as error:
            raise TargetError(f"{type(error).__name__}: {error}") from None

    async def _checked(
        self, caller: str, function: Function, arguments: Mapping[str, Any], as_text: bool
    ) -> tuple[dict[str, Any], bytes]:
        try:
            data, payload = encode(dict(arguments))
        except (CrossingError, FrameError) as error:
            raise CallError(f"TypeError: {error}") from None
        answer = await self._forward(caller, function.module, function.name, data, payload, as_text)
        fields = answer.fields()
        if "error" in fields:
            raise CallError(f"{fields['error']['type']}: {fields['error']['message']}")
        return fields, answer.payload

    # --- calls from the agent's sandbox -----------------------------------------------------------------------------

    async def serve_sandbox(self) -> Callable[[], Any]:
        """Begin to take calls from the agent's sandbox; returns what ends it."""
        link = await open_broker(self._sandbox, self._layout)
        self._group.start_soon(self._listen, link)
        return link.process.close

    async def _listen(self, link: Link) -> None:
        for _ in range(MAX_BROKERS):
            try:
                async for message in link.frames():
                    self._hear(link, message)
            except FrameError as error:
                logger.warning("the agent's sandbox sent what is no call: %s", shown(error))
            for scope in self._serving.values():
                scope.cancel()
            with anyio.CancelScope(shield=True):
                await link.process.close()
            try:
                # Whoever ended it harms those who were calling; the next call finds another one.
                link = await open_broker(self._sandbox, self._layout)
            except Exception as error:
                logger.warning("code in the agent's sandbox cannot call functions any more: %s", shown(error))
                return

    def _hear(self, link: Link, message: Frame) -> None:
        if not message.header:
            if scope := self._serving.get(message.channel):
                scope.cancel()
        elif message.channel not in self._serving:
            scope = self._serving[message.channel] = anyio.CancelScope()
            self._group.start_soon(self._serve, link, message, scope)

    async def _serve(self, link: Link, message: Frame, scope: anyio.CancelScope) -> None:
        size = len(message.header) + len(message.payload)
        self._bytes += size
        try:
            with scope:
                answer = await self._answer(message)
                await link.send(Frame(message.channel, answer.header, answer.payload))
        except ConnectionError:
            pass
        finally:
            self._bytes -= size
            del self._serving[message.channel]

    async def _answer(self, message: Frame) -> Frame:
        try:
            fields = message.fields()
            caller = self._authenticate(fields.get("token"))
            sandbox, function = fields.get("sandbox"), fields.get("function")
            arguments = fields.get("arguments")
            if not (isinstance(sandbox, str) and isinstance(function, str) and isinstance(arguments, dict)):
                raise FrameError("a call names sandbox, function and arguments")
            if len(self._serving) > MAX_AT_ONCE or self._bytes > MAX_BYTES_AT_ONCE:
                raise FrameError("too many calls are under way; wait for some of them")
        except PermissionError as error:
            self._log_refusal(str(error))
            return _refusal("PermissionError", str(error))
        except FrameError as error:
            self._log_refusal(str(error))
            return _refusal("ValueError", str(error))
        as_text = fields.get("as") == "text"
        return await self._forward(caller, sandbox, function, arguments, message.payload, as_text)

    def _authenticate(self, token: object) -> str:
        given = token.encode("utf-8", "replace") if isinstance(token, str) else b""
        caller = None
        for known, name in self._callers.items():
            if hmac.compare_digest(known.encode(), given):
                caller = name
        if caller is None:
            raise PermissionError("this call carries no token of this sample")
        return caller

    def _log_refusal(self, why: str) -> None:
        self._refusals += 1
        if self._refusals <= MAX_REFUSALS_LOGGED:
            record_call(
                caller="unknown",
                sandbox="",
                function="",
                arguments={},
                payload=b"",
                seconds=0,
                outcome=f"refused: {why}",
            )

    # --- all calls --------------------------------------------------------------------------------------------------

    async def _forward(
        self, caller: str, sandbox: str, function: str, arguments: Any, payload: bytes, as_text: bool
    ) -> Frame:
        began, outcome = time.monotonic(), "cancelled"
        try:
            answer = await self._ask(sandbox, function, arguments, payload, as_text)
            # A value may be large; only an error has to be read here.
            outcome = "ok" if not answer.header.startswith(b'{"error"') else _outcome(answer)
            return answer
        finally:
            record_call(
                caller=caller,
                sandbox=sandbox,
                function=function,
                arguments=arguments,
                payload=payload,
                seconds=time.monotonic() - began,
                outcome=outcome,
            )

    async def _ask(self, sandbox: str, function: str, arguments: Any, payload: bytes, as_text: bool) -> Frame:
        server = self._servers.get(sandbox)
        if server is None:
            return _refusal("LookupError", f"no sandbox {sandbox[:80]!r}; available: {', '.join(self._servers)}")
        if function not in [known.name for known in server.service.functions]:
            names = ", ".join(known.name for known in server.service.functions)
            return _refusal("LookupError", f"no function {function[:80]!r} in {sandbox!r}; available: {names}")
        try:
            return await server.call(function, arguments, payload, as_text)
        except (ConnectionError, FrameError) as error:
            return _refusal(type(error).__name__, str(error))
        except ScopedError as error:
            logger.error("%s", shown(error))
            return _refusal("ConnectionError", f"the sandbox {sandbox!r} does not run any more")

    async def start(self, service: Service, sandbox: SandboxEnvironment, layout: Layout) -> None:
        """Start serving a scoped sandbox.

        Raises:
            ScopedError: It does not start; the message says why.
        """
        server = ScopedServer(sandbox, layout, service, self._group)
        await server.start()
        self._servers[service.spec.name] = server

    async def close(self) -> None:
        """End the servers."""
        for server in self._servers.values():
            await server.close()


@asynccontextmanager
async def open_gateway(sandbox: SandboxEnvironment, layout: Layout) -> AsyncIterator[Gateway]:
    """A gateway for one sample; whatever it has started ends with it."""
    async with anyio.create_task_group() as group:
        gateway = Gateway(sandbox, layout, group)
        close = await gateway.serve_sandbox()
        try:
            yield gateway
        finally:
            group.cancel_scope.cancel()
            with anyio.CancelScope(shield=True):
                await close()
                await gateway.close()


def tool_result(fields: Mapping[str, Any]) -> ToolResult:
    """What `rendering.render` made of a value, as a tool's result."""
    if not fields["images"]:
        return str(fields["text"])
    text = [ContentText(text=fields["text"])] if fields["text"] else []
    return [*text, *(ContentImage(image=f"data:image/png;base64,{image}") for image in fields["images"])]


def _refusal(kind: str, message: str) -> Frame:
    return frame(0, {"error": {"type": kind, "message": message}})


def _outcome(answer: Frame) -> str:
    error = answer.fields()["error"]
    return f"{error['type']}: {error['message']}"
