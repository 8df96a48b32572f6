"""Calls a function of a scoped sandbox from code in the agent's sandbox; the generated modules use it.

The call goes to a socket beside the generated modules. Who calls is said by a token: that of the kernel, or of
`$SEER_CALL_TOKEN`, or of any other process in this sandbox.
"""

import asyncio
import builtins
import contextlib
import os
import socket
from functools import partial
from typing import Any

from .frames import Frame, Splitter, frame
from .values import decode, encode

SOCKET = "scoped.sock"
TOKEN_FILE = "scoped.token"
TOKEN_VARIABLE = "SEER_CALL_TOKEN"
_CHUNK = 1 << 20

token = ""
"""That of this process, if it was given one of its own."""


class Default:
    """Stands for a default that only the function itself knows."""

    def __repr__(self) -> str:
        return "..."


DEFAULT: Any = Default()


class RemoteError(Exception):
    """A call that failed; the message begins with the type of the function's own error."""


def call(place: str, sandbox: str, function: str, arguments: dict[str, Any]) -> Any:
    """Call a function and wait for its value.

    Args:
        place: Directory of the socket.
        sandbox: Name of the scoped sandbox.
        function: Name of the function.
        arguments: By name; those that are `DEFAULT` are left out.

    Raises:
        Exception: What the function raised, as a builtin exception where it is one, otherwise as `RemoteError`.
        ConnectionError: The sandbox's functions cannot be reached.
    """
    given = {name: value for name, value in arguments.items() if value is not DEFAULT}
    answer = _ask(place, sandbox, function, given, "value")
    fields = answer.fields()
    if "error" in fields:
        raise _as_exception(fields["error"]["type"], fields["error"]["message"])
    return decode(fields["value"], answer.payload)


def call_for_text(place: str, sandbox: str, function: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Call a function for a reader: `{"text", "images"}`, or `{"error"}` with its type and message."""
    try:
        return _ask(place, sandbox, function, arguments, "text").fields()
    except OSError as error:
        return {"error": {"type": "ConnectionError", "message": f"the sandbox's functions do not answer ({error})"}}


def _ask(place: str, sandbox: str, function: str, arguments: dict[str, Any], form: str) -> Frame:
    data, payload = encode(arguments)
    fields = {"token": _token(place), "sandbox": sandbox, "function": function, "arguments": data, "as": form}
    return _exchange(f"{place}/{SOCKET}", frame(0, fields, payload).pack())


async def call_async(place: str, sandbox: str, function: str, arguments: dict[str, Any]) -> Any:
    """`call`, for functions that are awaited."""
    return await asyncio.get_running_loop().run_in_executor(None, partial(call, place, sandbox, function, arguments))


def _token(place: str) -> str:
    if token or TOKEN_VARIABLE in os.environ:
        return token or os.environ[TOKEN_VARIABLE]
    with open(f"{place}/{TOKEN_FILE}") as file:
        return file.read().strip()


def _exchange(path: str, request: bytes) -> Frame:
    splitter = Splitter()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        # Refused while it was being sent: the answer says why.
        with contextlib.suppress(BrokenPipeError):
            connection.sendall(request)
        while (answer := splitter.next()) is None:
            data = connection.recv(_CHUNK)
            if not data:
                raise ConnectionError("the call was not answered: the connection was closed")
            splitter.feed(data)
        return answer


def _as_exception(kind: str, message: str) -> Exception:
    found = getattr(builtins, kind, None)
    if isinstance(found, type) and issubclass(found, Exception):
        try:
            return found(message)
        except TypeError:
            pass
    return RemoteError(f"{kind}: {message}")
