"""Images: got by their definition, by id or by name; built once per definition."""

from __future__ import annotations

import asyncio
import hashlib

from grpclib import GRPCError, Status
from modal_proto import api_pb2

from . import _ids
from ._builds import Build, BuildError
from ._container import StartError
from ._rpc import Call
from ._state import found
from ._world import World


class ImageService:
    """A first request for a definition starts the build, which is then joined; later ones are answered at once."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._builds: dict[str, tuple[Build, asyncio.Task[api_pb2.GenericResult]]] = {}

    async def ImageGetOrCreate(
        self, request: api_pb2.ImageGetOrCreateRequest, call: Call
    ) -> api_pb2.ImageGetOrCreateResponse:
        key = self._key(request.image)
        keys = self._world.account.image_keys
        known = keys.get(key)
        failed = known in self._builds and self._builds[known][1].done() and known not in self._world.account.images
        if known is None or request.force_build or failed:
            known = keys[key] = _ids.object_id("im")
            record_only = request.namespace == api_pb2.DEPLOYMENT_NAMESPACE_GLOBAL or bool(request.build_function_id)
            build = Build(self._world, known, request.image, record_only)
            self._builds[known] = (build, asyncio.create_task(self._build(build)))
        result = self._result(known)
        return api_pb2.ImageGetOrCreateResponse(image_id=known, result=result, metadata=_metadata() if result else None)

    def _key(self, image: api_pb2.Image) -> str:
        """What the definition comes to: its context by contents, not by mount id."""
        plain = api_pb2.Image()
        plain.CopyFrom(image)
        plain.ClearField("context_mount_id")
        content = hashlib.sha256(plain.SerializeToString(deterministic=True))
        if image.context_mount_id:
            for file in found(self._world.account.mounts, image.context_mount_id, "mount").files:
                content.update(f"{file.filename}\0{file.sha256_hex}\0{file.mode}\n".encode())
        return content.hexdigest()

    async def _build(self, build: Build) -> api_pb2.GenericResult:
        try:
            self._world.account.images[build.image_id] = await build.run()
        except (BuildError, StartError, GRPCError, OSError) as error:
            build.log.append(str(error))
            return api_pb2.GenericResult(status=api_pb2.GenericResult.GENERIC_STATUS_FAILURE, exception=str(error))
        return api_pb2.GenericResult(status=api_pb2.GenericResult.GENERIC_STATUS_SUCCESS)

    def _result(self, image_id: str) -> api_pb2.GenericResult | None:
        _, task = self._builds[image_id]
        return task.result() if task.done() else None

    async def ImageJoinStreaming(self, request: api_pb2.ImageJoinStreamingRequest, call: Call) -> None:
        build, task = found(self._builds, request.image_id, "image build")
        result = await asyncio.shield(task)
        logs = [api_pb2.TaskLogs(data=f"{line}\n") for line in build.log]
        answer = api_pb2.ImageJoinStreamingResponse(result=result, task_logs=logs, entry_id="1", eof=True)
        answer.metadata.CopyFrom(_metadata())
        await call.send(answer)

    async def ImageFromId(self, request: api_pb2.ImageFromIdRequest, call: Call) -> api_pb2.ImageFromIdResponse:
        self._world.account.image(request.image_id)
        return api_pb2.ImageFromIdResponse(image_id=request.image_id, metadata=_metadata())

    async def ImagePublish(self, request: api_pb2.ImagePublishRequest, call: Call) -> api_pb2.ImagePublishResponse:
        self._world.account.image(request.image_id)
        self._world.account.image_tags[request.tag] = request.image_id
        return api_pb2.ImagePublishResponse()

    async def ImageGetByTag(self, request: api_pb2.ImageGetByTagRequest, call: Call) -> api_pb2.ImageGetByTagResponse:
        if request.tag not in self._world.account.image_tags:
            raise GRPCError(Status.NOT_FOUND, f"no image is published as {request.tag!r}")
        return api_pb2.ImageGetByTagResponse(image_id=self._world.account.image_tags[request.tag])


def _metadata() -> api_pb2.ImageMetadata:
    return api_pb2.ImageMetadata(python_version_info="Python 3.11.0", image_builder_version="2025.06")
