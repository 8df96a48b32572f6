"""A held process in any sandbox that can `exec`: each piece of its streams is carried by a command."""

import base64
import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Self

import anyio
from inspect_ai.util import SandboxEnvironment
from pydantic import BeforeValidator
from typing_extensions import override

from seer_evals.runtime.untrusted import NotPlain
from seer_evals.sandboxes._base import ClosesOnce, Layout
from seer_evals.sandboxes._carry import carry, exec_unnoticed
from seer_evals.sandboxes._said import Said, Text, said

_PIECE = 4 * 2**20
_WAIT = 20.0
"""Seconds that one command waits for output."""
_GRACE = 30


def _decoded(value: object) -> object:
    return base64.b64decode(value, validate=True) if isinstance(value, str) else value


class _Answer(Said):
    """What `runtime/functions/held.py` answers."""

    data: Annotated[bytes, BeforeValidator(_decoded)] = b""
    ended: bool = False
    errors: Text = ""


class ExecProcess(ClosesOnce):
    """Slower than a provider's own way by the time that two or three commands take, and in nothing else different."""

    def __init__(self, sandbox: SandboxEnvironment, layout: Layout, socket: str) -> None:
        self._sandbox = sandbox
        self._layout = layout
        self._socket = socket
        self._errors = ""
        self._sending = anyio.Lock()

    @classmethod
    async def open(
        cls, sandbox: SandboxEnvironment, layout: Layout, command: Sequence[str], env: Mapping[str, str] | None = None
    ) -> Self:
        """Start the process.

        Raises:
            ConnectionError: The sandbox cannot hold it; the message says why.
        """
        process = cls(sandbox, layout, f"{layout.run}/held-{secrets.token_hex(4)}.sock")
        keeper = [layout.python, "-P", "-m", "seer_runtime.functions.held", process._socket, *command]
        variables = {**(env or {}), "PYTHONPATH": layout.runtime}
        result = await exec_unnoticed(sandbox, keeper, env=variables, timeout=_GRACE)
        if not result.success:
            raise ConnectionError(f"the process could not be started: {result.stderr.strip()[-2000:]}")
        return process

    @override
    async def send(self, data: bytes) -> None:
        async with self._sending:
            for start in range(0, len(data), _PIECE):
                piece = base64.b64encode(data[start : start + _PIECE]).decode()
                if (await self._request({"op": "send", "data": piece})).ended:
                    raise ConnectionResetError("the process has ended")

    @override
    async def receive(self) -> bytes:
        while not self._closed:
            try:
                answer = await self._request({"op": "receive", "wait": _WAIT})
            except ConnectionError as error:
                self._errors = str(error)
                break
            self._errors = answer.errors or self._errors
            if answer.data or answer.ended:
                return answer.data
        return b""

    @override
    def errors(self) -> str:
        return self._errors

    @override
    async def _end(self) -> None:
        with anyio.CancelScope(shield=True):
            try:
                await self._request({"op": "close"})
            except ConnectionError:
                return

    async def _request(self, request: dict[str, Any]) -> _Answer:
        try:
            text = await carry(self._sandbox, self._layout, self._socket, json.dumps(request), _WAIT + _GRACE)
        except TimeoutError as error:
            raise ConnectionResetError("the sandbox does not answer") from error
        try:
            return said(_Answer, text)
        except NotPlain as error:
            raise ConnectionResetError(f"the sandbox gave an answer that cannot be read: {error}") from None
