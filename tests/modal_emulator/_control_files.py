"""Uploads: files of mounts and build contexts, and blobs."""

from __future__ import annotations

from grpclib import GRPCError, Status
from modal_proto import api_pb2

from . import _ids
from ._blobs import Blobs
from ._rpc import Call
from ._state import Mount
from ._world import World


class FileService:
    """Contents are kept by their hash and uploaded once."""

    def __init__(self, world: World, blobs: Blobs) -> None:
        self._world = world
        self._blobs = blobs

    def _has(self, sha256_hex: str) -> bool:
        return (self._blobs.folder / sha256_hex).exists()

    async def MountBatchedCheckExistence(
        self, request: api_pb2.MountBatchedCheckExistenceRequest, call: Call
    ) -> api_pb2.MountBatchedCheckExistenceResponse:
        missing = [h for h in request.sha256_hex_hashes if not self._has(h)]
        return api_pb2.MountBatchedCheckExistenceResponse(missing_sha256_hex_hashes=missing)

    async def MountPutFile(self, request: api_pb2.MountPutFileRequest, call: Call) -> api_pb2.MountPutFileResponse:
        """Take contents, or, where there are none, say whether they are known."""
        kind = request.WhichOneof("data_oneof")
        target = self._blobs.folder / request.sha256_hex
        if kind == "data":
            target.write_bytes(request.data)
        elif kind == "data_blob_id":
            upload = self._blobs.folder / request.data_blob_id
            if not upload.exists() and not target.exists():
                raise GRPCError(Status.NOT_FOUND, f"no blob {request.data_blob_id!r}")
            if upload.exists():
                upload.rename(target)
        return api_pb2.MountPutFileResponse(exists=target.exists())

    async def MountGetOrCreate(
        self, request: api_pb2.MountGetOrCreateRequest, call: Call
    ) -> api_pb2.MountGetOrCreateResponse:
        """A mount of uploaded files; one that Modal publishes, such as a Python to add, is empty here."""
        mount = Mount(_ids.object_id("mo"), tuple(request.files))
        self._world.account.mounts[mount.mount_id] = mount
        checksum = api_pb2.MountHandleMetadata(content_checksum_sha256_hex=mount.mount_id)
        return api_pb2.MountGetOrCreateResponse(mount_id=mount.mount_id, handle_metadata=checksum)

    async def BlobCreate(self, request: api_pb2.BlobCreateRequest, call: Call) -> api_pb2.BlobCreateResponse:
        blob = self._blobs.new_upload()
        url = f"{self._world.blobs_url}/uploads/{blob}"
        urls = api_pb2.UploadUrlList(items=[url])
        return api_pb2.BlobCreateResponse(blob_id=blob, upload_url=url, blob_ids=[blob], upload_urls=urls)

    async def BlobGet(self, request: api_pb2.BlobGetRequest, call: Call) -> api_pb2.BlobGetResponse:
        if not self._has(request.blob_id):
            raise GRPCError(Status.NOT_FOUND, f"no blob {request.blob_id!r}")
        return api_pb2.BlobGetResponse(download_url=f"{self._world.blobs_url}/blobs/{request.blob_id}")
