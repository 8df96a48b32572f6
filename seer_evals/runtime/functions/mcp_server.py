"""An MCP server on stdin and stdout that forwards calls to functions which run elsewhere.

    python -P -m seer_runtime.functions.mcp_server <configuration>

The configuration is base64 of compressed JSON, as `seer_evals.lab.functions.mcp_command` writes it. The functions run
in the kernel (route `kernel`) or in a scoped sandbox (`scoped`); what comes back is text and images.
"""

import base64
import json
import sys
import zlib
from functools import partial
from typing import Any

import anyio.to_thread
import mcp_types as types
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

from .. import carry
from . import client

Answer = dict[str, Any]


def call(config: dict[str, Any], function: dict[str, Any], arguments: dict[str, Any]) -> Answer:
    """Call a function by the configuration's route: `{"text", "images"}` or `{"error"}`."""
    if config["route"] == "scoped":
        client.token = config["token"]
        return client.call_for_text(config["place"], function["module"], function["name"], arguments)
    request = {"function": function, "arguments": arguments, "timeout": config["timeout"]}
    try:
        line = carry.exchange(config["socket"], json.dumps(request).encode())
    except OSError:
        message = "the kernel that has the models does not answer; restart it"
        return {"error": {"type": "ConnectionError", "message": message}}
    answer: Answer = json.loads(line)
    return answer


def as_result(answer: Answer) -> types.CallToolResult:
    """An answer in MCP's words."""
    if "error" in answer:
        text = f"{answer['error']['type']}: {answer['error']['message']}"
        return types.CallToolResult(content=[types.TextContent(type="text", text=text)], is_error=True)
    content: list[Any] = [types.TextContent(type="text", text=answer["text"])] if answer["text"] else []
    content += [types.ImageContent(type="image", data=image, mime_type="image/png") for image in answer["images"]]
    return types.CallToolResult(content=content)


def build(config: dict[str, Any]) -> Server[Any]:
    """The server for a configuration."""
    functions = {tool["function"]["name"]: tool["function"] for tool in config["tools"]}
    listed = [
        types.Tool(name=tool["function"]["name"], description=tool["function"]["summary"], input_schema=tool["schema"])
        for tool in config["tools"]
    ]

    async def list_tools(context: Any, parameters: Any) -> types.ListToolsResult:
        return types.ListToolsResult(tools=listed)

    async def call_tool(context: Any, parameters: types.CallToolRequestParams) -> types.CallToolResult:
        if parameters.name not in functions:
            message = f"no function {parameters.name!r}; available: {', '.join(functions)}"
            return as_result({"error": {"type": "LookupError", "message": message}})
        work = partial(call, config, functions[parameters.name], dict(parameters.arguments or {}))
        return as_result(await anyio.to_thread.run_sync(work))

    return Server("lab", on_list_tools=list_tools, on_call_tool=call_tool)


async def serve(config: dict[str, Any]) -> None:
    """Serve on stdin and stdout until the client goes."""
    server = build(config)
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


if __name__ == "__main__":
    anyio.run(serve, json.loads(zlib.decompress(base64.b64decode(sys.argv[1]))))
