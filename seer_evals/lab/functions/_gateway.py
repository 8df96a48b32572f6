"""The one way to the functions of scoped sandboxes: carries every call, and writes it down."""

import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import anyio
from anyio.abc import TaskGroup
from inspect_ai.tool import ToolResult
from inspect_ai.util import SandboxEnvironment

from seer_evals.lab.functions._asked import Asked
from seer_evals.lab.functions._broker import open_broker
from seer_evals.lab.functions._events import CallLog
from seer_evals.lab.functions._link import Link
from seer_evals.lab.functions._reception import Call, Reception, refusal
from seer_evals.lab.functions._replies import failure_in, tool_result, value_in
from seer_evals.lab.functions._server import ScopedError, ScopedServer, Service
from seer_evals.lab.functions._spec import Function
from seer_evals.lab.functions._tools import CallError
from seer_evals.plain_text import shown
from seer_evals.runtime.functions.frames import Frame, FrameError
from seer_evals.runtime.functions.values import CrossingError, decode, encode
from seer_evals.runtime.record.lists import Lists
from seer_evals.runtime.untrusted import NotPlain
from seer_evals.sandboxes import Layout
from seer_evals.targets import TargetError

logger = logging.getLogger(__name__)

MAX_BROKERS = 10


class Gateway:
    """The functions of one sample's scoped sandboxes."""

    def __init__(self, sandbox: SandboxEnvironment, layout: Layout, group: TaskGroup) -> None:
        self._sandbox = sandbox
        self._layout = layout
        self._group = group
        self._servers: dict[str, ScopedServer] = {}
        self._log = CallLog()
        self.asked = Asked(Lists({}))
        """What was asked by whoever investigates."""
        self._reception = Reception(group, self._log, self._carry)

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
        return self._reception.token(caller)

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
        answer = await self._checked(caller, function, arguments, as_text=False)
        with _understood(function):
            return decode(value_in(answer.fields()), answer.payload, "numpy")

    async def call_tool(self, function: Function, arguments: dict[str, Any]) -> ToolResult:
        """Call a function for an agent's tool call: text, and images if it drew any.

        Raises:
            CallError: The call failed; the message is the function's own error.
        """
        answer = await self._checked("tool", function, arguments, as_text=True)
        with _understood(function):
            return tool_result(answer.fields())

    async def ask_target(self, sandbox: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Let a model in a scoped sandbox answer as the target; no code of the agent's can ask for this.

        Args:
            sandbox: Name of the scoped sandbox.
            request: As in `seer_runtime.target.target`.

        Raises:
            TargetError: The sandbox does not answer.
        """
        try:
            return await self._servers[sandbox].ask_target(request)
        except (ConnectionError, FrameError, NotPlain, ScopedError) as error:
            raise TargetError(f"{type(error).__name__}: {error}") from None

    async def _checked(self, caller: str, function: Function, arguments: Mapping[str, Any], as_text: bool) -> Frame:
        try:
            data, payload = encode(dict(arguments))
        except (CrossingError, FrameError) as error:
            raise CallError(f"TypeError: {error}") from None
        call = Call(caller, function.module, function.name, data, payload, as_text)
        answer = await self._carry(call)
        with _understood(function):
            failure = failure_in(answer.fields())
        if failure is not None:
            raise CallError(str(failure))
        return answer

    # --- calls from the agent's sandbox -----------------------------------------------------------------------------

    async def serve_sandbox(self) -> Callable[[], Any]:
        """Begin to take calls from the agent's sandbox; returns what ends it."""
        link = await open_broker(self._sandbox, self._layout)
        self._group.start_soon(self._listen, link)
        return link.process.close

    async def _listen(self, link: Link) -> None:
        for started in range(MAX_BROKERS, -1, -1):
            try:
                await self._reception.listen(link)
            except FrameError as error:
                logger.warning("the agent's sandbox sent what is no call: %s", shown(error))
            except Exception:
                logger.exception("calls from the agent's sandbox could not be read")
            with anyio.CancelScope(shield=True):
                await link.process.close()
            if not started:
                break
            try:
                # Whoever ended it harms those who were calling; the next call finds another one.
                link = await open_broker(self._sandbox, self._layout)
            except Exception as error:
                self._give_up(shown(error))
                return
        self._give_up(f"its broker has ended {MAX_BROKERS + 1} times")

    def _give_up(self, why: str) -> None:
        logger.warning("code in the agent's sandbox cannot call functions any more: %s", why)
        self._log.refusal(f"no call can be made any more: {why}")

    # --- all calls --------------------------------------------------------------------------------------------------

    async def _carry(self, call: Call) -> Frame:
        began, outcome = time.monotonic(), "cancelled"
        try:
            answer = await self._ask(call)
            # A value may be large; only an error has to be read here.
            outcome = "ok" if not answer.header.startswith(b'{"error"') else _outcome(answer)
            if outcome == "ok":
                self.asked.note(call)
            return answer
        finally:
            self._log.call(
                caller=call.caller,
                sandbox=call.sandbox,
                function=call.function,
                arguments=call.arguments,
                payload=call.payload,
                seconds=time.monotonic() - began,
                outcome=outcome,
            )

    async def _ask(self, call: Call) -> Frame:
        server = self._servers.get(call.sandbox)
        if server is None:
            return refusal("LookupError", f"no sandbox {call.sandbox[:80]!r}; available: {', '.join(self._servers)}")
        names = [known.name for known in server.service.functions]
        if call.function not in names:
            missing = f"no function {call.function[:80]!r} in {call.sandbox!r}"
            return refusal("LookupError", f"{missing}; available: {', '.join(names)}")
        try:
            return await server.call(call.function, call.arguments, call.payload, call.as_text)
        except (ConnectionError, FrameError) as error:
            return refusal(type(error).__name__, str(error))
        except ScopedError as error:
            logger.error("%s", shown(error))
            return refusal("ConnectionError", f"the sandbox {call.sandbox!r} does not run any more")

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
        self._log.close()
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


@contextmanager
def _understood(function: Function) -> Iterator[None]:
    """Tell the caller that an answer is none."""
    try:
        yield
    except (NotPlain, FrameError, CrossingError) as error:
        raise CallError(f"{function.name}() gave an answer that cannot be read: {error}") from None


def _outcome(answer: Frame) -> str:
    try:
        return str(failure_in(answer.fields()))
    except (NotPlain, FrameError) as error:
        return f"an answer that cannot be read: {error}"
