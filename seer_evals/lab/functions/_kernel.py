"""Functions of the library that run in the kernel's process, where the models are."""

import json
from typing import Any

from inspect_ai.tool import ToolResult
from inspect_ai.util import SandboxEnvironment

from seer_evals.lab.functions._replies import failure_in, tool_result
from seer_evals.lab.functions._spec import Function
from seer_evals.lab.functions._tools import CallError
from seer_evals.runtime.untrusted import NotPlain, parse_object
from seer_evals.sandboxes import Layout, carry

CALL_SECONDS = 600.0
"""Seconds that a call may wait for a cell to end, and then may run."""
_GRACE = 30


def library_dir(layout: Layout) -> str:
    """Directory in the agent's sandbox of the modules that were put there for it; it belongs on the Python path."""
    return f"{layout.run}/library"


def functions_socket(layout: Layout) -> str:
    """Where the kernel that has the models serves the library's functions."""
    return f"{layout.run}/functions.sock"


def kernel_preload(layout: Layout, *, serve: bool, token: str = "") -> dict[str, Any]:
    """What a kernel's preload has under `functions`: the library, and whether this kernel serves it.

    Args:
        layout: Of the sandbox.
        serve: Answer `KernelFunctions` and MCP servers; only the kernel that has the models should.
        token: `Gateway.token(…)` of this kernel, so that the log tells its calls from others'.
    """
    socket = {"socket": functions_socket(layout)} if serve else {}
    return {"library": library_dir(layout), "token": token, **socket}


class KernelFunctions:
    """Calls functions in the kernel that was preloaded with `kernel_preload(layout, serve=True)`."""

    def __init__(self, sandbox: SandboxEnvironment, layout: Layout) -> None:
        self._sandbox = sandbox
        self._layout = layout

    async def call(self, function: Function, arguments: dict[str, Any], timeout: float = CALL_SECONDS) -> ToolResult:
        """Call a function by keyword arguments; while a cell runs, the call waits.

        Args:
            function: Of a module in the library.
            arguments: JSON values by name.
            timeout: Seconds that it may wait for a cell to end, and then may run.

        Raises:
            CallError: The function raised, the arguments do not fit, or the kernel is dead or busy; the message says.
        """
        request = json.dumps({"function": function.model_dump(mode="json"), "arguments": arguments, "timeout": timeout})
        try:
            text = await carry(
                self._sandbox, self._layout, functions_socket(self._layout), request, 2 * timeout + _GRACE
            )
        except ConnectionError:
            raise CallError(
                f"{function.name}() could not be called, or ended its process: the kernel that has the models does not "
                "answer; restart it"
            ) from None
        except TimeoutError:
            raise CallError(f"TimeoutError: {function.name}() gave no answer within {timeout:g} seconds") from None
        try:
            answer = parse_object(text)
            if failure := failure_in(answer):
                raise CallError(str(failure))
            return tool_result(answer)
        except NotPlain as error:
            raise CallError(f"{function.name}() gave an answer that cannot be read: {error}") from None
