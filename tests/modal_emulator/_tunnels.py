"""Ports of a sandbox on this machine's loopback, without TLS."""

from __future__ import annotations

import asyncio
import contextlib

from modal_proto import api_pb2

from ._sandboxes import Sandbox

_HOST = "127.0.0.1"


async def open_tunnels(sandbox: Sandbox) -> list[api_pb2.TunnelData]:
    """The tunnels to the ports that the sandbox was created with; opened at the first call."""
    tunnels = []
    for spec in sandbox.definition.open_ports.ports:
        if spec.port not in sandbox.tunnels:
            sandbox.tunnels[spec.port] = await _listen(sandbox, spec.port)
        port = sandbox.tunnels[spec.port]
        tunnel = api_pb2.TunnelData(host=_HOST, port=port, container_port=spec.port)
        if spec.unencrypted:
            tunnel.unencrypted_host, tunnel.unencrypted_port = _HOST, port
        tunnels.append(tunnel)
    return tunnels


async def _listen(sandbox: Sandbox, port: int) -> int:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sandbox.connections += 1
        try:
            await _forward(sandbox, port, reader, writer)
        finally:
            sandbox.connections -= 1
            writer.close()

    server = await asyncio.start_server(serve, _HOST, 0)
    sandbox.servers.append(server)
    return int(server.sockets[0].getsockname()[1])


async def _forward(sandbox: Sandbox, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    if sandbox.container is None:
        return
    try:
        far_reader, far_writer = await sandbox.container.connect(port)
    except OSError:
        return
    await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
