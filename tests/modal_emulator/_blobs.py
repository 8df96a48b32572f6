"""The store that large files and volume blocks are put into and got from over HTTP."""

import hashlib
import secrets
from pathlib import Path

from aiohttp import web

from ._rpc import Calls
from ._state import found
from ._world import World

BLOCK = 8 * 1024 * 1024
_MAX_UPLOAD = 2 << 30


class Blobs:
    """Files by the hash of their contents, uploads by id, and blocks of files in volumes."""

    def __init__(self, world: World, calls: Calls) -> None:
        self._world = world
        self._calls = calls
        self._app = web.Application(client_max_size=_MAX_UPLOAD)
        self._app.add_routes(
            [
                web.put("/uploads/{name}", self._put_upload),
                web.put("/blocks/{name}", self._put_block),
                web.get("/blobs/{name}", self._get_blob),
                web.get("/volumes/{volume}/{block}", self._get_block),
            ]
        )
        self._runner = web.AppRunner(self._app, access_log=None)

    @property
    def folder(self) -> Path:
        """Where the contents are, by name."""
        return self._world.laboratory.root / "blobs"

    async def start(self, host: str) -> str:
        """Listen on a free port of `host` and return the URL."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, 0)
        await site.start()
        return f"http://{host}:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Stop listening."""
        await self._runner.cleanup()

    def new_upload(self) -> str:
        """An id that may be uploaded to."""
        return f"bl-{secrets.token_hex(11)}"

    async def _put_upload(self, request: web.Request) -> web.Response:
        data = await request.read()
        self._calls.received["PUT"] += len(data)
        (self.folder / request.match_info["name"]).write_bytes(data)
        return web.Response(headers={"ETag": f'"{hashlib.md5(data).hexdigest()}"'})

    async def _put_block(self, request: web.Request) -> web.Response:
        data, name = await request.read(), request.match_info["name"]
        self._calls.received["PUT"] += len(data)
        if hashlib.sha256(data).hexdigest() != name:
            return web.Response(status=400, text="the block does not have the hash it was announced with")
        (self.folder / name).write_bytes(data)
        return web.Response(body=name.encode())

    async def _get_blob(self, request: web.Request) -> web.StreamResponse:
        return web.FileResponse(self.folder / request.match_info["name"])

    async def _get_block(self, request: web.Request) -> web.Response:
        volume = found(self._world.account.volumes, request.match_info["volume"], "volume")
        with (volume.files / request.query["path"]).open("rb") as source:
            source.seek(int(request.match_info["block"]) * BLOCK)
            return web.Response(body=source.read(BLOCK))
