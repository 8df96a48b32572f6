"""The command router: snapshots, mounts, volumes and the network of a running sandbox."""

from __future__ import annotations

import asyncio

from google.protobuf.empty_pb2 import Empty  # type: ignore[import-untyped]
from grpclib import GRPCError, Status
from modal_proto import api_pb2
from modal_proto import task_command_router_pb2 as pb2

from ._container import Container
from ._router import running_task
from ._rpc import Call
from ._sandboxes import Sandbox
from ._snapshots import mount_image, snapshot_folder, snapshot_root, unmount
from ._state import Image
from ._world import World
from .faults import StalledSnapshot

_PROBE_INTERVAL = 0.1


class FileService:
    """Snapshots are idempotent on the id that the client chooses."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._snapshots: dict[str, asyncio.Task[Image]] = {}

    def _container(self, task_id: str) -> tuple[Sandbox, Container]:
        sandbox = running_task(self._world, task_id)
        assert sandbox.container is not None
        return sandbox, sandbox.container

    async def TaskSnapshotFilesystem(
        self, request: pb2.TaskSnapshotFilesystemRequest, call: Call
    ) -> pb2.TaskSnapshotFilesystemResponse:
        sandbox, container = self._container(request.task_id)
        if request.snapshot_id not in self._snapshots:
            job = snapshot_root(self._world, sandbox.definition, container)
            self._snapshots[request.snapshot_id] = asyncio.create_task(job)
        return pb2.TaskSnapshotFilesystemResponse(image_id=await self._taken(request.snapshot_id))

    async def TaskSnapshotDirectory(
        self, request: pb2.TaskSnapshotDirectoryRequest, call: Call
    ) -> pb2.TaskSnapshotDirectoryResponse:
        _, container = self._container(request.task_id)
        if request.snapshot_id not in self._snapshots:
            job = snapshot_folder(self._world, container, request.path.decode())
            self._snapshots[request.snapshot_id] = asyncio.create_task(job)
        return pb2.TaskSnapshotDirectoryResponse(image_id=await self._taken(request.snapshot_id))

    async def _taken(self, snapshot_id: str) -> str:
        if stalled := self._world.faults.take(StalledSnapshot):
            await asyncio.sleep(stalled.seconds)
        return (await asyncio.shield(self._snapshots[snapshot_id])).image_id

    async def TaskMountDirectory(self, request: pb2.TaskMountDirectoryRequest, call: Call) -> Empty:
        _, container = self._container(request.task_id)
        await mount_image(self._world, container, request.image_id, request.path.decode())
        return Empty()

    async def TaskUnmountDirectory(self, request: pb2.TaskUnmountDirectoryRequest, call: Call) -> Empty:
        _, container = self._container(request.task_id)
        await unmount(container, request.path.decode())
        return Empty()

    async def TaskReloadVolumes(
        self, request: pb2.TaskReloadVolumesRequest, call: Call
    ) -> pb2.TaskReloadVolumesResponse:
        """Volumes are bind mounts here: what one sandbox writes, the others see at once."""
        self._container(request.task_id)
        return pb2.TaskReloadVolumesResponse()

    async def TaskSetNetworkAccess(
        self, request: pb2.TaskSetNetworkAccessRequest, call: Call
    ) -> pb2.TaskSetNetworkAccessResponse:
        sandbox, container = self._container(request.task_id)
        if sandbox.definition.network_access.network_access_type == api_pb2.NetworkAccess.BLOCKED:
            raise GRPCError(Status.FAILED_PRECONDITION, "created with block_network, which cannot be changed")
        await container.change_network(request.network_access)
        return pb2.TaskSetNetworkAccessResponse()

    async def TaskSetOutboundPolicy(
        self, request: pb2.TaskSetExperimentalOutboundPolicyRequest, call: Call
    ) -> pb2.TaskSetExperimentalOutboundPolicyResponse:
        """Recorded: nothing here rewrites headers."""
        sandbox, _ = self._container(request.task_id)
        sandbox.definition.experimental_outbound_policy.CopyFrom(request.experimental_outbound_policy)
        return pb2.TaskSetExperimentalOutboundPolicyResponse()

    async def SandboxWaitUntilReady(
        self, request: pb2.SandboxWaitUntilReadyTcrRequest, call: Call
    ) -> pb2.SandboxWaitUntilReadyTcrResponse:
        """Ask the sandbox's own readiness probe until it says yes."""
        sandbox, container = self._container(request.task_id)
        loop = asyncio.get_running_loop()
        end = loop.time() + request.timeout
        while not await _ready(sandbox, container):
            if loop.time() > end:
                raise GRPCError(Status.DEADLINE_EXCEEDED, f"not ready within {request.timeout} s")
            await asyncio.sleep(_PROBE_INTERVAL)
        return pb2.SandboxWaitUntilReadyTcrResponse(ready_at=loop.time())


async def _ready(sandbox: Sandbox, container: Container) -> bool:
    probe = sandbox.definition.readiness_probe
    if probe.WhichOneof("probe_oneof") == "tcp_port":
        try:
            _, writer = await container.connect(probe.tcp_port)
        except OSError:
            return False
        writer.close()
        return True
    if probe.WhichOneof("probe_oneof") == "exec_command":
        process = await container.run(probe.exec_command.argv, container.spec.env, None)
        await process.ended.wait()
        return process.returncode == 0
    return True
