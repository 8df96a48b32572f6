"""The emulator: two gRPC servers and a blob store on loopback, on a thread and a loop of their own."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, TypeVar

import grpclib.server
from grpclib.config import Configuration
from modal_proto import api_pb2
from modal_proto.api_grpc import ModalClientBase
from modal_proto.task_command_router_grpc import TaskCommandRouterBase

from ._blobs import Blobs
from ._control_account import AccountService
from ._control_files import FileService
from ._control_images import ImageService
from ._control_money import MoneyService
from ._control_sandboxes import SandboxService
from ._control_volumes import VolumeService
from ._laboratory import Laboratory, why_no_namespaces
from ._network import Closed, Internet
from ._plain import PlainLaboratory
from ._router import ExecService
from ._router_files import FileService as TaskFileService
from ._rpc import Calls, Details, Dispatcher
from ._sandboxes import STATUS_NAMES, Sandbox
from ._world import World
from .faults import Cause, Faults

HOST = "127.0.0.1"
_WINDOW = 64 << 20
_T = TypeVar("_T")
Isolation = Literal["namespaces", "processes"]


@dataclass(frozen=True)
class Live:
    """A sandbox that has not ended, as a test for leaks wants to know it."""

    sandbox_id: str
    version: int
    name: str
    app_id: str
    tags: dict[str, str]
    gpu: str
    running: bool
    execs: int
    """Commands that are running in it."""


class Emulator:
    """Modal on this machine: `with Emulator() as emulator`, or `await emulator.start()` and `stop()`.

    Args:
        port: of the control plane; 0 takes a free one.
        state: a folder for layers and volumes, which must be empty; a temporary one otherwise. It is covered by a
            tmpfs, so that what sandboxes write is in memory and gone at the end.
        execute_packages: also run the build steps that install packages, which are only recorded otherwise.
        isolation: `"namespaces"` needs root; `"processes"` does not, and `_plain.py` says what is lost.
        closed: how a network that may reach nothing refuses (`_network.Closed`).
    """

    def __init__(
        self,
        *,
        port: int = 0,
        state: Path | None = None,
        execute_packages: bool = False,
        isolation: Isolation = "namespaces",
        closed: Closed = "no_route",
    ) -> None:
        self._port = port
        self._own = None if state else tempfile.TemporaryDirectory(prefix="modal-emulator-")
        folder = state or Path(self._own.name) / "state"  # type: ignore[union-attr]
        self.faults = Faults()
        self.calls = Calls()
        self._isolation = isolation
        laboratory = Laboratory(folder, closed) if isolation == "namespaces" else PlainLaboratory(folder)
        self._world = World(laboratory, self.faults, execute_packages=execute_packages)
        self._blobs = Blobs(self._world, self.calls)
        self._internet = Internet(self._world.laboratory)
        self._servers: list[grpclib.server.Server] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="modal-emulator", daemon=True)
        self.url = ""

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which the `modal` client talks to this emulator."""
        return {
            "MODAL_SERVER_URL": self.url,
            "MODAL_TOKEN_ID": "ak-emulated",
            "MODAL_TOKEN_SECRET": "as-emulated",
            "MODAL_CONFIG_PATH": "/nonexistent/modal.toml",
        }

    def launch(self) -> None:
        """Start; returns once the servers listen.

        Raises:
            RuntimeError: this machine cannot have the namespaces, with the reason.
        """
        if self._isolation == "namespaces" and (why := why_no_namespaces()):
            raise RuntimeError(f"the Modal emulator {why}; isolation='processes' does without, and isolates little")
        self._world.laboratory.start()
        self._thread.start()
        self._run(self._open)

    def shutdown(self) -> None:
        """End every sandbox, process and mount, and the servers."""
        self._run(self._close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._world.laboratory.stop()
        if self._own is not None:
            self._own.cleanup()

    async def start(self) -> None:
        """Start, from a coroutine."""
        await asyncio.to_thread(self.launch)

    async def stop(self) -> None:
        """Stop, from a coroutine."""
        await asyncio.to_thread(self.shutdown)

    def __enter__(self) -> Emulator:
        self.launch()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shutdown()

    def sandboxes(self) -> list[Live]:
        """The sandboxes that have not ended, oldest first, also those that no client knows of."""
        return [_live(s) for s in list(self._world.sandboxes.values()) if s.result is None]

    def status(self, sandbox_id: str) -> str:
        """The status of a sandbox's result, such as `KERNEL_OOM_KILL`; `UNSPECIFIED` while it has not ended."""
        result = self._world.sandboxes[sandbox_id].result or api_pb2.GenericResult()
        return STATUS_NAMES[result.status]

    def image_steps(self, image_id: str) -> tuple[str, ...]:
        """The build steps of an image, those of its base first; NOT_FOUND for an unknown one."""
        return self._world.account.image(image_id).steps

    def end_sandbox(self, sandbox_id: str, cause: Cause) -> None:
        """End a sandbox now, as Modal would for `cause`."""
        self._run(lambda: self._world.sandboxes[sandbox_id].end(cause))

    def _run(self, job: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
        running: Future[_T] = asyncio.run_coroutine_threadsafe(job(), self._loop)
        return running.result()

    async def _open(self) -> None:
        if self._isolation == "namespaces":
            await self._internet.start()
        world, blobs = self._world, self._blobs
        world.blobs_url = await blobs.start(HOST)
        router = [ExecService(world), TaskFileService(world)]
        world.router_url = await self._serve(TaskCommandRouterBase, router, 0)
        control = [AccountService(world), ImageService(world), SandboxService(world), MoneyService(world)]
        uploads = [FileService(world, blobs), VolumeService(world, blobs)]
        self.url = await self._serve(ModalClientBase, [*control, *uploads], self._port)

    async def _serve(self, base: type, services: Sequence[object], port: int) -> str:
        dispatcher = Dispatcher(base, services, self.calls, self.faults)
        config = Configuration(http2_connection_window_size=_WINDOW, http2_stream_window_size=_WINDOW)
        server = grpclib.server.Server([dispatcher], status_details_codec=Details(), config=config, codec=None)
        await server.start(HOST, port)
        self._servers.append(server)
        return f"http://{HOST}:{server._server.sockets[0].getsockname()[1]}"  # type: ignore[union-attr]

    async def _close(self) -> None:
        for sandbox in list(self._world.sandboxes.values()):
            await sandbox.end("terminated")
        for server in self._servers:
            server.close()
        await self._internet.stop()
        await self._blobs.stop()
        tasks = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _live(sandbox: Sandbox) -> Live:
    return Live(
        sandbox_id=sandbox.sandbox_id,
        version=sandbox.version,
        name=sandbox.name,
        app_id=sandbox.app_id,
        tags=dict(sandbox.tags),
        gpu=sandbox.gpu,
        running=sandbox.container is not None,
        execs=sum(running.returncode is None for running in sandbox.execs.values()),
    )
