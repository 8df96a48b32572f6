"""The command router: commands and their streams, straight to the machine of a sandbox."""

from __future__ import annotations

import asyncio
from typing import Any

from grpclib import GRPCError, Status
from modal_proto import task_command_router_pb2 as pb2

from ._execs import Exec
from ._laboratory import merged
from ._processes import Process
from ._rpc import Call
from ._sandboxes import Sandbox
from ._streams import Buffer, Stdin
from ._world import World
from .faults import CutStream

_STDERR = pb2.TASK_EXEC_STDIO_FILE_DESCRIPTOR_STDERR


def running_task(world: World, task_id: str) -> Sandbox:
    """The sandbox of a task.

    Raises:
        GRPCError: NOT_FOUND where it has ended or never was.
    """
    sandbox = next((s for s in world.sandboxes.values() if s.task_id == task_id), None)
    if sandbox is None or sandbox.container is None or sandbox.result is not None:
        raise GRPCError(Status.NOT_FOUND, f"task {task_id} is not running")
    return sandbox


class ExecService:
    """Start commands, feed them, read them, wait for them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._starting: dict[str, asyncio.Lock] = {}

    def _exec(self, request: Any) -> tuple[Sandbox, Exec]:
        sandbox = running_task(self._world, request.task_id)
        if request.exec_id not in sandbox.execs:
            raise GRPCError(Status.NOT_FOUND, f"no exec {request.exec_id} in task {request.task_id}")
        return sandbox, sandbox.execs[request.exec_id]

    async def TaskExecStart(self, request: pb2.TaskExecStartRequest, call: Call) -> pb2.TaskExecStartResponse:
        """Idempotent on the exec id, which the client chooses."""
        async with self._starting.setdefault(request.exec_id, asyncio.Lock()):
            sandbox = running_task(self._world, request.task_id)
            if request.exec_id not in sandbox.execs:
                sandbox.execs[request.exec_id] = await self._start(sandbox, request)
        self._starting.pop(request.exec_id, None)
        return pb2.TaskExecStartResponse()

    async def _start(self, sandbox: Sandbox, request: pb2.TaskExecStartRequest) -> Exec:
        assert sandbox.container is not None
        account = self._world.account
        inline = account.env_of_secrets(request.secret_ids) | account.env_of_sources(
            getattr(request, "secret_sources", ())
        )
        env = merged(sandbox.spec.env, inline, dict(request.env))
        workdir = request.workdir if request.HasField("workdir") else None
        process = await sandbox.container.run(request.command_args, env, workdir)
        started = Exec(request.exec_id, list(request.command_args), process, request)
        if request.HasField("timeout_secs") and request.timeout_secs:
            started.keep(asyncio.ensure_future(_deadline(sandbox, process, request.timeout_secs)))
        sandbox.strike(started)
        return started

    async def TaskExecStdioRead(self, request: pb2.TaskExecStdioReadRequest, call: Call) -> None:
        sandbox, running = self._exec(request)
        is_stderr = request.file_descriptor == _STDERR
        piped = running.request.stderr_config if is_stderr else running.request.stdout_config
        if piped == (pb2.TASK_EXEC_STDERR_CONFIG_DEVNULL if is_stderr else pb2.TASK_EXEC_STDOUT_CONFIG_DEVNULL):
            return
        buffer = running.process.stderr if is_stderr else running.process.stdout
        cut = self._world.faults.take(CutStream, stream="stderr" if is_stderr else "stdout")
        await _send(call, buffer, request.offset, cut)
        self._must_live(sandbox)

    def _must_live(self, sandbox: Sandbox) -> None:
        if sandbox.result is not None or not (sandbox.container and sandbox.container.alive()):
            raise GRPCError(Status.NOT_FOUND, f"task {sandbox.task_id} has ended")

    async def TaskExecWait(self, request: pb2.TaskExecWaitRequest, call: Call) -> pb2.TaskExecWaitResponse:
        sandbox, running = self._exec(request)
        await running.process.ended.wait()
        if running.returncode == -9:
            self._must_live(sandbox)
        return running.status(pb2.TaskExecWaitResponse)  # type: ignore[return-value]

    async def TaskExecPoll(self, request: pb2.TaskExecPollRequest, call: Call) -> pb2.TaskExecPollResponse:
        return self._exec(request)[1].status(pb2.TaskExecPollResponse)  # type: ignore[return-value]

    async def TaskExecStdinWrite(
        self, request: pb2.TaskExecStdinWriteRequest, call: Call
    ) -> pb2.TaskExecStdinWriteResponse:
        _, running = self._exec(request)
        await _feed(running.process.stdin, request.offset, request.data, request.eof)
        return pb2.TaskExecStdinWriteResponse()

    async def TaskExecStdinWriteStream(self, request: None, call: Call) -> pb2.TaskExecStdinWriteStreamResponse:
        first = await call.stream.recv_message()
        assert first is not None
        _, running = self._exec(first.start)
        offset = first.start.offset
        async for message in call.stream:
            kind = message.WhichOneof("payload")
            await _feed(running.process.stdin, offset, message.data, kind == "end")
            offset += len(message.data)
        return pb2.TaskExecStdinWriteStreamResponse()

    async def TaskExecStdinStatus(
        self, request: pb2.TaskExecStdinStatusRequest, call: Call
    ) -> pb2.TaskExecStdinStatusResponse:
        stdin = self._exec(request)[1].process.stdin
        return pb2.TaskExecStdinStatusResponse(num_bytes_written=stdin.written, closed=stdin.closed)

    async def SandboxStdioReadV2(self, request: pb2.SandboxStdioReadV2Request, call: Call) -> None:
        """The entrypoint's output, also after its end."""
        sandbox = next((s for s in self._world.sandboxes.values() if s.task_id == request.task_id), None)
        if sandbox is None:
            raise GRPCError(Status.NOT_FOUND, f"no task {request.task_id}")
        is_stderr = request.file_descriptor == pb2.SANDBOX_STDIO_FILE_DESCRIPTOR_STDERR
        offset = request.offset
        async for chunk in (sandbox.stderr if is_stderr else sandbox.stdout).read(offset):
            await call.send(pb2.SandboxStdioReadV2Response(data=chunk, starting_offset=offset))
            offset += len(chunk)

    async def SandboxStdinWriteV2(
        self, request: pb2.SandboxStdinWriteV2Request, call: Call
    ) -> pb2.SandboxStdinWriteV2Response:
        sandbox = running_task(self._world, request.task_id)
        assert sandbox.container is not None
        await _feed(sandbox.container.process.stdin, request.offset, request.data, request.eof)
        return pb2.SandboxStdinWriteV2Response()


async def _send(call: Call, buffer: Buffer, offset: int, cut: CutStream | None) -> None:
    left = cut.after_bytes if cut else 0
    async for chunk in buffer.read(offset):
        piece = chunk[:left] if cut else chunk
        if piece:
            await call.send(pb2.TaskExecStdioReadResponse(data=piece))
        left -= len(piece)
        if cut and left <= 0:
            raise GRPCError(Status.UNAVAILABLE, f"fault: stream cut after {cut.after_bytes} bytes")


async def _feed(stdin: Stdin, offset: int, data: bytes, eof: bool) -> None:
    try:
        await stdin.write(offset, data, eof)
    except BrokenPipeError as error:
        raise GRPCError(Status.FAILED_PRECONDITION, str(error)) from error


async def _deadline(sandbox: Sandbox, process: Process, seconds: int) -> None:
    """End the command itself when its time is up; what it started goes on, as nothing says that Modal stops that."""
    try:
        await asyncio.wait_for(process.ended.wait(), seconds)
    except TimeoutError:
        if sandbox.container is not None:
            sandbox.container.kill_command(process)
