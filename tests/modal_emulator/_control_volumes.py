"""Volumes: folders that outlive sandboxes."""

from __future__ import annotations

import posixpath
import shutil
from collections.abc import Iterator
from pathlib import Path

from google.protobuf.empty_pb2 import Empty  # type: ignore[import-untyped]
from grpclib import GRPCError, Status
from modal_proto import api_pb2

from . import _ids
from ._blobs import BLOCK, Blobs
from ._recipe import lay_out
from ._rpc import Call
from ._state import DEFAULT_ENVIRONMENT, Volume, found
from ._world import World

_CREATION = api_pb2.ObjectCreationType


class VolumeService:
    """Both file systems; what differs to the client is how files are uploaded."""

    def __init__(self, world: World, blobs: Blobs) -> None:
        self._world = world
        self._volumes = world.account.volumes
        self._blobs = blobs

    async def VolumeGetOrCreate(
        self, request: api_pb2.VolumeGetOrCreateRequest, call: Call
    ) -> api_pb2.VolumeGetOrCreateResponse:
        wanted = (request.deployment_name, request.environment_name or DEFAULT_ENVIRONMENT)
        creation = request.object_creation_type
        named = (v for v in self._volumes.values() if wanted[0] and (v.name, v.environment) == wanted)
        volume = next(named, None)
        if volume is None and creation == _CREATION.OBJECT_CREATION_TYPE_UNSPECIFIED:
            raise GRPCError(Status.NOT_FOUND, f"no volume {wanted[0]!r} in environment {wanted[1]!r}")
        if volume is not None and creation == _CREATION.OBJECT_CREATION_TYPE_CREATE_FAIL_IF_EXISTS:
            raise GRPCError(Status.ALREADY_EXISTS, f"there is a volume {wanted[0]!r} already")
        volume = volume or self._new(*wanted, version=request.version or api_pb2.VOLUME_FS_VERSION_V1)
        return api_pb2.VolumeGetOrCreateResponse(
            volume_id=volume.volume_id, version=_version(volume), metadata=_metadata(volume)
        )

    def _new(self, name: str, environment: str, version: int) -> Volume:
        volume_id = _ids.object_id("vo")
        files = self._world.laboratory.root / "volumes" / volume_id
        files.mkdir()
        self._volumes[volume_id] = Volume(volume_id, name, environment, version, files, f"volumes/{volume_id}")
        return self._volumes[volume_id]

    def _path(self, volume_id: str, path: str) -> Path:
        files = found(self._volumes, volume_id, "volume").files
        return files / posixpath.normpath("/" + path).lstrip("/")

    def _existing(self, volume_id: str, path: str) -> Path:
        target = self._path(volume_id, path)
        if not target.exists():
            raise GRPCError(Status.NOT_FOUND, f"no such file in the volume: {path!r}")
        return target

    async def VolumeGetById(self, request: api_pb2.VolumeGetByIdRequest, call: Call) -> api_pb2.VolumeGetByIdResponse:
        volume = found(self._volumes, request.volume_id, "volume")
        return api_pb2.VolumeGetByIdResponse(volume_id=volume.volume_id, metadata=_metadata(volume))

    async def VolumeList(self, request: api_pb2.VolumeListRequest, call: Call) -> api_pb2.VolumeListResponse:
        environment = request.environment_name or DEFAULT_ENVIRONMENT
        named = [v for v in self._volumes.values() if v.name and v.environment == environment]
        items = [api_pb2.VolumeListItem(label=v.name, volume_id=v.volume_id, metadata=_metadata(v)) for v in named]
        return api_pb2.VolumeListResponse(items=items, environment_name=environment)

    async def VolumeDelete(self, request: api_pb2.VolumeDeleteRequest, call: Call) -> Empty:
        shutil.rmtree(found(self._volumes, request.volume_id, "volume").files)
        del self._volumes[request.volume_id]
        return Empty()

    async def VolumeRename(self, request: api_pb2.VolumeRenameRequest, call: Call) -> Empty:
        found(self._volumes, request.volume_id, "volume").name = request.name
        return Empty()

    async def VolumeHeartbeat(self, request: api_pb2.VolumeHeartbeatRequest, call: Call) -> Empty:
        found(self._volumes, request.volume_id, "volume")
        return Empty()

    async def VolumeCommit(self, request: api_pb2.VolumeCommitRequest, call: Call) -> api_pb2.VolumeCommitResponse:
        found(self._volumes, request.volume_id, "volume")
        return api_pb2.VolumeCommitResponse(skip_reload=True)

    async def VolumeReload(self, request: api_pb2.VolumeReloadRequest, call: Call) -> Empty:
        found(self._volumes, request.volume_id, "volume")
        return Empty()

    async def VolumePutFiles(self, request: api_pb2.VolumePutFilesRequest, call: Call) -> Empty:
        for file in request.files:
            self._may_write(request.volume_id, file.filename, request.disallow_overwrite_existing_files)
        lay_out(self._world, request.files, found(self._volumes, request.volume_id, "volume").files)
        return Empty()

    async def VolumePutFiles2(
        self, request: api_pb2.VolumePutFiles2Request, call: Call
    ) -> api_pb2.VolumePutFiles2Response:
        if missing := list(self._missing(request)):
            return api_pb2.VolumePutFiles2Response(missing_blocks=missing)
        for file in request.files:
            self._may_write(request.volume_id, file.path, request.disallow_overwrite_existing_files)
            self._assemble(request.volume_id, file)
        return api_pb2.VolumePutFiles2Response()

    def _missing(
        self, request: api_pb2.VolumePutFiles2Request
    ) -> Iterator[api_pb2.VolumePutFiles2Response.MissingBlock]:
        for file_index, file in enumerate(request.files):
            for block_index, block in enumerate(file.blocks):
                name = block.contents_sha256.hex()
                if not (self._blobs.folder / name).exists():
                    yield api_pb2.VolumePutFiles2Response.MissingBlock(
                        file_index=file_index, block_index=block_index, put_url=f"{self._world.blobs_url}/blocks/{name}"
                    )

    def _assemble(self, volume_id: str, file: api_pb2.VolumePutFiles2Request.File) -> None:
        target = self._path(volume_id, file.path)
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as out:
            for number, block in enumerate(file.blocks):
                out.seek(number * BLOCK)
                out.write((self._blobs.folder / block.contents_sha256.hex()).read_bytes())
            out.truncate(file.size)
        target.chmod(file.mode & 0o7777 or 0o644)

    def _may_write(self, volume_id: str, path: str, only_new: bool) -> None:
        if only_new and self._path(volume_id, path).exists():
            raise GRPCError(Status.ALREADY_EXISTS, f"{path}: already exists in the volume")

    async def VolumeListFiles(self, request: api_pb2.VolumeListFilesRequest, call: Call) -> None:
        await call.send(api_pb2.VolumeListFilesResponse(entries=self._entries(request)))

    async def VolumeListFiles2(self, request: api_pb2.VolumeListFiles2Request, call: Call) -> None:
        await call.send(api_pb2.VolumeListFiles2Response(entries=self._entries(request)))

    def _entries(
        self, request: api_pb2.VolumeListFilesRequest | api_pb2.VolumeListFiles2Request
    ) -> list[api_pb2.FileEntry]:
        files = found(self._volumes, request.volume_id, "volume").files
        start = self._existing(request.volume_id, request.path)
        if not start.is_dir():
            return [_entry(files, start)]
        return [_entry(files, path) for path in sorted(start.rglob("*") if request.recursive else start.iterdir())]

    async def VolumeGetFile2(
        self, request: api_pb2.VolumeGetFile2Request, call: Call
    ) -> api_pb2.VolumeGetFile2Response:
        source = self._existing(request.volume_id, request.path)
        size = source.stat().st_size
        path = source.relative_to(self._volumes[request.volume_id].files)
        base = f"{self._world.blobs_url}/volumes/{request.volume_id}"
        urls = [f"{base}/{number}?path={path}" for number in range(-(-size // BLOCK))]
        return api_pb2.VolumeGetFile2Response(get_urls=urls, size=size, start=0, len=size)

    async def VolumeRemoveFile(
        self, request: api_pb2.VolumeRemoveFileRequest | api_pb2.VolumeRemoveFile2Request, call: Call
    ) -> Empty:
        target = self._existing(request.volume_id, request.path)
        if not target.is_dir():
            target.unlink()
        elif request.recursive:
            shutil.rmtree(target)
        else:
            raise GRPCError(Status.INVALID_ARGUMENT, f"{request.path!r} is a folder: pass recursive=True")
        return Empty()

    VolumeRemoveFile2 = VolumeRemoveFile

    async def VolumeCopyFiles(
        self, request: api_pb2.VolumeCopyFilesRequest | api_pb2.VolumeCopyFiles2Request, call: Call
    ) -> Empty:
        target = self._path(request.volume_id, request.dst_path)
        for path in request.src_paths:
            source = self._existing(request.volume_id, path)
            if source.is_dir():
                shutil.copytree(source, target / source.name if target.is_dir() else target)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)
        return Empty()

    VolumeCopyFiles2 = VolumeCopyFiles


def _entry(files: Path, path: Path) -> api_pb2.FileEntry:
    kinds = api_pb2.FileEntry.FileType
    kind = kinds.SYMLINK if path.is_symlink() else kinds.DIRECTORY if path.is_dir() else kinds.FILE
    info = path.lstat()
    relative = path.relative_to(files).as_posix()
    return api_pb2.FileEntry(path=relative, type=kind, size=info.st_size, mtime=int(info.st_mtime))


def _version(volume: Volume) -> api_pb2.VolumeFsVersion.ValueType:
    return api_pb2.VolumeFsVersion.ValueType(volume.version)


def _metadata(volume: Volume) -> api_pb2.VolumeMetadata:
    return api_pb2.VolumeMetadata(version=_version(volume), name=volume.name)
