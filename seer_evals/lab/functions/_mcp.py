"""Functions as an MCP server in the agent's sandbox."""

import base64
import json
import zlib
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from inspect_ai.tool import MCPServer, mcp_server_sandbox
from inspect_ai.util import SandboxEnvironment

from seer_evals.lab.functions._kernel import CALL_SECONDS, functions_socket
from seer_evals.lab.functions._spec import Function
from seer_evals.lab.functions._tools import tool_schema
from seer_evals.sandboxes import Layout, exec_unnoticed

MCP_PACKAGE = "mcp>=2,<3"
_CHECK = "import mcp, importlib.metadata as m; assert int(m.version('mcp').split('.')[0]) >= 2"

Route = Literal["kernel", "scoped"]


async def variables_of(sandbox: SandboxEnvironment) -> dict[str, str]:
    """The environment variables of a command in a sandbox."""
    result = await exec_unnoticed(sandbox, ["env", "-0"], timeout=60)
    return dict(line.split("=", 1) for line in result.stdout.split("\0") if "=" in line)


async def mcp_missing(sandbox: SandboxEnvironment, layout: Layout) -> str:
    """What to add to the environment's `packages` before `mcp_source` can work in a sandbox; empty if nothing."""
    result = await exec_unnoticed(sandbox, [layout.python, "-c", _CHECK], timeout=60)
    return "" if result.success else MCP_PACKAGE


def mcp_command(
    functions: Iterable[Function],
    layout: Layout,
    *,
    route: Route = "kernel",
    default_model: str = "model",
    timeout: float = CALL_SECONDS,
    token: str = "",
    variables: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """How to start the server in the agent's sandbox, for any MCP client there: `command`, `args` and `env`.

    Args:
        functions: What it serves.
        layout: Of the agent's sandbox, which needs the package `mcp` (see `mcp_missing`).
        route: `kernel` for functions of the library, `scoped` for those of scoped sandboxes.
        default_model: The model that is used if a call names none.
        timeout: Seconds that a call may take.
        token: For `scoped`, `Gateway.token(…)`; by default the calls are those of the shell.
        variables: The sandbox's environment (see `variables_of`). Inspect starts a server with what it is given and
            nothing else, and a Python may need its `LD_LIBRARY_PATH`.
    """
    config = {
        "route": route,
        "place": layout.run,
        "socket": functions_socket(layout),
        "token": token,
        "timeout": timeout,
        "tools": [
            {"function": function.model_dump(mode="json"), "schema": tool_schema(function, default_model)}
            for function in functions
        ],
    }
    # Compressed, since an argument holds 128 KiB at most.
    packed = base64.b64encode(zlib.compress(json.dumps(config).encode())).decode()
    args = ["-P", "-m", "seer_runtime.functions.mcp_server", packed]
    return {"command": layout.python, "args": args, "env": {**(variables or {}), "PYTHONPATH": layout.runtime}}


def mcp_source(name: str, command: Mapping[str, Any], timeout: float = CALL_SECONDS) -> MCPServer:
    """An MCP server that serves functions, as a tool source for Inspect; it runs in the agent's sandbox.

    Args:
        name: Of the server.
        command: How to start it: `mcp_command(…)`.
        timeout: Seconds that a call may take.
    """
    return mcp_server_sandbox(name=name, sandbox="default", timeout=int(2 * timeout) + 60, **command)
