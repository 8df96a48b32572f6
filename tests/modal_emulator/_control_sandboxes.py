"""The control plane of sandboxes, for both back ends."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import Iterable

from google.protobuf.empty_pb2 import Empty  # type: ignore[import-untyped]
from grpclib import GRPCError, Status
from modal_proto import api_pb2

from ._control_account import jwt
from ._recipe import recipe
from ._rpc import Call
from ._sandboxes import Sandbox
from ._state import DEFAULT_ENVIRONMENT, found
from ._tunnels import open_tunnels
from ._world import World
from .faults import LateResult

PAGE = 50
_HOLD = 10.0
"""How long a request for a task id waits for a sandbox that nothing keeps from starting; seconds."""


class SandboxService:
    """Create, find, list, tag, wait for and end sandboxes.

    V1: the request names stored secrets, the answer only the sandbox, and the task is asked for until it is there.
    V2: secrets may be inline, and the answer has the task, the tunnels and the access to its command router.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def _sandbox(self, sandbox_id: str, version: int | None = None) -> Sandbox:
        sandbox = found(self._world.sandboxes, sandbox_id, "sandbox")
        if version is not None and sandbox.version != version:
            raise GRPCError(Status.NOT_FOUND, f"{sandbox_id!r} is not a V{version} sandbox")
        return sandbox

    def _create(
        self, version: int, app_id: str, definition: api_pb2.Sandbox, env: dict[str, str], tags: dict[str, str]
    ) -> Sandbox:
        found(self._world.account.apps, app_id, "app")
        if definition.name and self._by_name(app_id, definition.name):
            raise GRPCError(Status.ALREADY_EXISTS, f"a sandbox named {definition.name!r} is running in {app_id}")
        if not 0 < definition.timeout_secs <= 24 * 3600:
            raise GRPCError(Status.INVALID_ARGUMENT, f"timeout {definition.timeout_secs}: 1 to 86400 seconds")
        sandbox = Sandbox(self._world, version, app_id, definition, recipe(self._world, definition, env), tags)
        self._world.sandboxes[sandbox.sandbox_id] = sandbox
        return sandbox

    def _by_name(self, app_id: str, name: str, ended: bool = False) -> Sandbox | None:
        fitting = [s for s in self._world.sandboxes.values() if (s.app_id, s.name) == (app_id, name)]
        running = [s for s in fitting if s.result is None]
        return next(reversed(running or (fitting if ended else [])), None)

    async def SandboxCreate(self, request: api_pb2.SandboxCreateRequest, call: Call) -> api_pb2.SandboxCreateResponse:
        sandbox = self._create(1, request.app_id, request.definition, {}, _tags(request.tags))
        return api_pb2.SandboxCreateResponse(sandbox_id=sandbox.sandbox_id, metadata=sandbox.metadata())

    async def SandboxCreateV2(
        self, request: api_pb2.SandboxCreateV2Request, call: Call
    ) -> api_pb2.SandboxCreateV2Response:
        asked = request.definition
        if asked.resources.gpu_config.gpu_type or asked.HasField("pty_info"):
            raise GRPCError(Status.INVALID_ARGUMENT, "V2 sandboxes have no GPU and no PTY")
        inline = self._world.account.env_of_sources(getattr(request, "secret_sources", ()))
        env = inline | dict(request.ephemeral_secrets.contents)
        sandbox = self._create(2, request.app_id, asked, env, _tags(request.tags))
        await self._scheduled(sandbox)
        if not sandbox.scheduled.is_set() or sandbox.result is not None:
            return api_pb2.SandboxCreateV2Response(sandbox_id=sandbox.sandbox_id, metadata=sandbox.metadata())
        return api_pb2.SandboxCreateV2Response(
            sandbox_id=sandbox.sandbox_id,
            task_id=sandbox.task_id,
            tunnels=await open_tunnels(sandbox),
            metadata=sandbox.metadata(),
            command_router_access=api_pb2.CommandRouterAccess(jwt=jwt(), url=self._world.router_url),
        )

    @staticmethod
    async def _scheduled(sandbox: Sandbox) -> None:
        """Wait until the sandbox runs, has ended, or is seen to be kept from running by a fault."""
        end = asyncio.get_running_loop().time() + _HOLD
        while not sandbox.scheduled.is_set() and not sandbox.held and asyncio.get_running_loop().time() < end:
            try:
                await asyncio.wait_for(sandbox.scheduled.wait(), 0.01)
            except TimeoutError:
                continue

    async def SandboxGetTaskId(
        self, request: api_pb2.SandboxGetTaskIdRequest, call: Call
    ) -> api_pb2.SandboxGetTaskIdResponse:
        sandbox = self._sandbox(request.sandbox_id)
        await self._scheduled(sandbox)
        if sandbox.result is not None and not sandbox.started_at:
            return api_pb2.SandboxGetTaskIdResponse(task_result=sandbox.result)
        return api_pb2.SandboxGetTaskIdResponse(task_id=sandbox.task_id if sandbox.scheduled.is_set() else None)

    SandboxGetTaskIdV2 = SandboxGetTaskId

    async def TaskGetCommandRouterAccess(
        self, request: api_pb2.TaskGetCommandRouterAccessRequest, call: Call
    ) -> api_pb2.TaskGetCommandRouterAccessResponse:
        self._running(next((s for s in self._world.sandboxes.values() if s.task_id == request.task_id), None))
        return api_pb2.TaskGetCommandRouterAccessResponse(jwt=jwt(), url=self._world.router_url)

    async def SandboxGetCommandRouterAccess(
        self, request: api_pb2.SandboxGetCommandRouterAccessRequest, call: Call
    ) -> api_pb2.SandboxGetCommandRouterAccessResponse:
        by_task = (s for s in self._world.sandboxes.values() if s.task_id == request.task_id)
        self._running(self._sandbox(request.sandbox_id, 2) if request.sandbox_id else next(by_task, None))
        return api_pb2.SandboxGetCommandRouterAccessResponse(jwt=jwt(), url=self._world.router_url)

    @staticmethod
    def _running(sandbox: Sandbox | None) -> Sandbox:
        if sandbox is None:
            raise GRPCError(Status.NOT_FOUND, "no such task")
        if sandbox.result is not None:
            raise GRPCError(Status.FAILED_PRECONDITION, f"sandbox {sandbox.sandbox_id} has finished")
        return sandbox

    async def SandboxWait(
        self, request: api_pb2.SandboxWaitRequest, call: Call, version: int = 1
    ) -> api_pb2.SandboxWaitResponse:
        sandbox = self._sandbox(request.sandbox_id, version)
        if request.timeout > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(sandbox.ended.wait(), request.timeout)
        late = next(self._world.faults.peek(LateResult), None)
        unknown = late is not None and time.time() < sandbox.ended_at + late.seconds
        result = None if unknown else sandbox.result
        return api_pb2.SandboxWaitResponse(result=result, metadata=sandbox.metadata())

    async def SandboxWaitV2(self, request: api_pb2.SandboxWaitRequest, call: Call) -> api_pb2.SandboxWaitResponse:
        return await self.SandboxWait(request, call, 2)

    async def SandboxTerminate(
        self, request: api_pb2.SandboxTerminateRequest, call: Call, version: int = 1
    ) -> api_pb2.SandboxTerminateResponse:
        sandbox = self._sandbox(request.sandbox_id, version)
        before = sandbox.result
        await sandbox.end("terminated")
        return api_pb2.SandboxTerminateResponse(existing_result=before)

    async def SandboxTerminateV2(
        self, request: api_pb2.SandboxTerminateRequest, call: Call
    ) -> api_pb2.SandboxTerminateResponse:
        return await self.SandboxTerminate(request, call, 2)

    async def SandboxListV2(self, request: api_pb2.SandboxListRequest, call: Call) -> api_pb2.SandboxListResponse:
        """Both back ends, newest first, a page at a time."""
        fitting = [s for s in self._world.sandboxes.values() if self._listed(s, request)]
        newest = sorted(fitting, key=lambda s: -s.created_at)
        return api_pb2.SandboxListResponse(sandboxes=[s.info() for s in newest[:PAGE]])

    async def SandboxList(self, request: api_pb2.SandboxListRequest, call: Call) -> api_pb2.SandboxListResponse:
        """V1 only."""
        page = await self.SandboxListV2(request, call)
        return api_pb2.SandboxListResponse(sandboxes=[i for i in page.sandboxes if self._sandbox(i.id).version == 1])

    def _listed(self, sandbox: Sandbox, request: api_pb2.SandboxListRequest) -> bool:
        app = self._world.account.apps[sandbox.app_id]
        environment = request.environment_name or DEFAULT_ENVIRONMENT
        return (
            (request.include_finished or sandbox.result is None)
            and sandbox.created_at < (request.before_timestamp or math.inf)
            and (sandbox.app_id == request.app_id if request.app_id else app.environment == environment)
            and _tags(request.tags).items() <= sandbox.tags.items()
        )

    async def SandboxTagsSet(self, request: api_pb2.SandboxTagsSetRequest, call: Call) -> Empty:
        self._sandbox(request.sandbox_id).tags = _tags(request.tags)
        return Empty()

    async def SandboxTagsGet(
        self, request: api_pb2.SandboxTagsGetRequest, call: Call
    ) -> api_pb2.SandboxTagsGetResponse:
        tags = self._sandbox(request.sandbox_id).info().tags
        return api_pb2.SandboxTagsGetResponse(tags=tags)

    SandboxTagsSetV2 = SandboxTagsSet
    SandboxTagsGetV2 = SandboxTagsGet

    async def SandboxGetFromNameV2(
        self, request: api_pb2.SandboxGetFromNameRequest, call: Call
    ) -> api_pb2.SandboxGetFromNameResponse:
        """Both back ends."""
        wanted = (request.app_name, request.environment_name or DEFAULT_ENVIRONMENT)
        apps = [a for a in self._world.account.apps.values() if (a.name, a.environment) == wanted]
        ended = getattr(request, "include_terminated", False)
        sandbox = self._by_name(apps[0].app_id, request.sandbox_name, ended) if apps else None
        if sandbox is None:
            raise GRPCError(Status.NOT_FOUND, f"no running sandbox {request.sandbox_name!r} in {request.app_name!r}")
        return api_pb2.SandboxGetFromNameResponse(sandbox_id=sandbox.sandbox_id, metadata=sandbox.metadata())

    async def SandboxGetFromName(
        self, request: api_pb2.SandboxGetFromNameRequest, call: Call
    ) -> api_pb2.SandboxGetFromNameResponse:
        """V1 only."""
        answer = await self.SandboxGetFromNameV2(request, call)
        self._sandbox(answer.sandbox_id, 1)
        return answer

    async def SandboxGetExitSnapshot(
        self, request: api_pb2.SandboxGetExitSnapshotRequest, call: Call
    ) -> api_pb2.SandboxGetExitSnapshotResponse:
        sandbox = self._sandbox(request.sandbox_id)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(sandbox.ended.wait(), request.timeout)
        answer = api_pb2.SandboxGetExitSnapshotResponse
        if not sandbox.ended.is_set():
            return answer(pending=answer.Pending())
        if sandbox.exit_snapshot:
            return answer(success=answer.Success(image_id=sandbox.exit_snapshot))
        return answer(error=answer.Error(error_code=answer.ERROR_CODE_TIMEOUT, message="no exit snapshot was taken"))

    SandboxGetExitSnapshotV2 = SandboxGetExitSnapshot

    async def SandboxGetTunnels(
        self, request: api_pb2.SandboxGetTunnelsRequest, call: Call
    ) -> api_pb2.SandboxGetTunnelsResponse:
        sandbox = self._sandbox(request.sandbox_id)
        await self._scheduled(sandbox)
        if sandbox.container is None:
            timeout = api_pb2.GenericResult.GENERIC_STATUS_TIMEOUT
            return api_pb2.SandboxGetTunnelsResponse(result=api_pb2.GenericResult(status=timeout))
        return api_pb2.SandboxGetTunnelsResponse(tunnels=await open_tunnels(self._running(sandbox)))

    SandboxGetTunnelsV2 = SandboxGetTunnels


def _tags(tags: Iterable[api_pb2.SandboxTag]) -> dict[str, str]:
    return {tag.tag_name: tag.tag_value for tag in tags}
