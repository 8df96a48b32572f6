"""From a method on a service object to a gRPC handler: counting, faults, idempotency, UNIMPLEMENTED."""

from __future__ import annotations

import asyncio
import inspect
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import grpclib.const
import grpclib.server
from google.protobuf.message import Message  # type: ignore[import-untyped]
from grpclib import GRPCError, Status
from grpclib.encoding.base import StatusDetailsCodecBase
from grpclib.exceptions import StreamTerminatedError
from modal_proto import api_pb2

from .faults import Delay, Exhausted, Faults, LostResponse, Refused, Unavailable

_REMEMBERED_ANSWERS = 4096


@dataclass
class Calls:
    """RPCs by method name, and those that nobody answers."""

    by_method: Counter[str] = field(default_factory=Counter)
    received: Counter[str] = field(default_factory=Counter)
    """Bytes of the messages of each method, and of the uploads over HTTP as `PUT`."""
    unimplemented: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    """Tracebacks of what went wrong in the emulator itself."""

    def __getitem__(self, method: str) -> int:
        return self.by_method[method]

    def total(self, *methods: str) -> int:
        """How many RPCs there were, of `methods` or of all."""
        return sum(self.by_method[m] for m in methods) if methods else self.by_method.total()

    def reset(self) -> None:
        """Count from zero; what is unimplemented stays on record."""
        self.by_method.clear()
        self.received.clear()


@dataclass(frozen=True)
class Call:
    """One RPC as the services see it."""

    method: str
    metadata: Mapping[str, Any]
    stream: grpclib.server.Stream[Any, Any]

    async def send(self, message: Message) -> None:
        """Send one message of a streamed answer."""
        await self.stream.send_message(message)


class Details(StatusDetailsCodecBase):
    """Error details as the client decodes them: `modal.client.RPCStatus`."""

    def encode(self, status: Status, message: str | None, details: Any) -> bytes:
        """Serialise `details`, a sequence of messages or None."""
        encoded = api_pb2.RPCStatus(code=status.value, message=message or "")
        for detail in details or ():
            encoded.details.add().Pack(detail, type_url_prefix="type.modal.com/")
        return bytes(encoded.SerializeToString())

    def decode(self, status: Status, message: str | None, data: bytes) -> Any:
        """Never needed by a server."""
        raise NotImplementedError("the emulator only encodes details")


class Dispatcher:
    """Serves every method of a generated base class from the methods of the same name on `services`.

    A service method is `async def Name(self, request, call)`. It returns the answer, or, where the answer is a
    stream, sends messages itself through `call.send`. For a client-streamed request `request` is None.
    """

    def __init__(self, base: type, services: Sequence[object], calls: Calls, faults: Faults) -> None:
        self._base = base
        self._services = services
        self._calls = calls
        self._faults = faults
        self._answers: dict[tuple[str, str], asyncio.Future[Message]] = {}

    def __mapping__(self) -> dict[str, grpclib.const.Handler]:
        """What grpclib asks a service for."""
        names = self._base.__abstractmethods__  # type: ignore[attr-defined]
        stubs = {name: _never for name in names}
        mapping = type("Servicer", (self._base,), stubs)().__mapping__()
        return {path: handler._replace(func=self._handler(path, handler)) for path, handler in mapping.items()}

    def _handler(self, path: str, handler: grpclib.const.Handler) -> Callable[[Any], Awaitable[None]]:
        name = path.rsplit("/", 1)[-1]
        method = next((getattr(s, name) for s in self._services if hasattr(s, name)), None)
        client_streams = handler.cardinality.client_streaming

        async def serve(stream: grpclib.server.Stream[Any, Any]) -> None:
            self._weigh(name, stream)
            call = Call(name, stream.metadata or {}, stream)
            request = None if client_streams else await stream.recv_message()
            await self._before(name)
            if method is None:
                self._calls.unimplemented.append(name)
                raise GRPCError(Status.UNIMPLEMENTED, f"the emulator does not know {name}")
            try:
                answer = await self._answer(method, request, call)
            except (GRPCError, StreamTerminatedError, ConnectionError):
                raise
            except Exception as error:
                self._calls.errors.append(traceback.format_exc())
                # a status that the client does not retry
                raise GRPCError(Status.DATA_LOSS, f"the emulator failed in {name}: {error!r}") from error
            if answer is not None:
                await stream.send_message(answer)

        return serve

    def _weigh(self, name: str, stream: grpclib.server.Stream[Any, Any]) -> None:
        receive = stream.recv_message

        async def weighed() -> Any:
            message = await receive()
            if message is not None:
                self._calls.received[name] += message.ByteSize()
            return message

        stream.recv_message = weighed  # type: ignore[method-assign]

    async def _before(self, name: str) -> None:
        self._calls.by_method[name] += 1
        for delay in self._faults.peek(Delay):
            if delay.method in ("*", name):
                await asyncio.sleep(delay.seconds)
        if self._faults.take(Unavailable, method=name):
            raise GRPCError(Status.UNAVAILABLE, f"fault: {name} is unavailable")
        if refused := self._faults.take(Refused, method=name):
            raise GRPCError(Status[refused.status], f"fault: this token may not call {name}")
        if exhausted := self._faults.take(Exhausted, method=name):
            after = exhausted.retry_after
            policy = None if after is None else [api_pb2.RPCRetryPolicy(retry_after_secs=after)]
            raise GRPCError(Status.RESOURCE_EXHAUSTED, f"fault: too many calls of {name}", policy)

    async def _answer(self, method: Callable[..., Awaitable[Message | None]], request: Any, call: Call) -> Any:
        lost = next((f for f in self._faults.peek(LostResponse) if f.method == call.method), None)
        key = (call.method, str(call.metadata.get("x-idempotency-key", "")))
        remember = bool(key[1]) and "Create" in call.method and (lost is None or lost.remembered)
        answer = await (self._once(key, method, request, call) if remember else method(request, call))
        if lost is not None:
            self._faults.use(lost)
            raise GRPCError(Status.UNAVAILABLE, f"fault: the response of {call.method} was lost")
        return answer

    async def _once(self, key: tuple[str, str], method: Callable[..., Awaitable[Any]], request: Any, call: Call) -> Any:
        """Answer a retry of the same request with the first answer, also while that is being made."""
        if key not in self._answers:
            while len(self._answers) >= _REMEMBERED_ANSWERS:
                self._answers.pop(next(iter(self._answers)))
            self._answers[key] = asyncio.ensure_future(method(request, call))
        try:
            return await asyncio.shield(self._answers[key])
        except GRPCError:
            self._answers.pop(key, None)
            raise


async def _never(self: object, stream: object) -> None:
    raise AssertionError("replaced by the dispatcher")


def implemented(services: Sequence[object]) -> set[str]:
    """The RPC names that `services` answer."""
    return {
        name
        for service in services
        for name, member in inspect.getmembers(service, inspect.iscoroutinefunction)
        if name[:1].isupper()
    }
