"""A sandbox from the request to its result."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from modal_proto import api_pb2

from . import _ids
from ._container import Container, Spec, StartError
from ._execs import Exec
from ._isolation import start
from ._snapshots import snapshot_root
from ._streams import Buffer
from ._volume_commits import lose_uncommitted
from ._world import World
from .faults import Cause, FailsToStart, GpuLimit, LosesUncommitted, NoCapacity, SandboxEnds, SlowScheduling

STATUS_NAMES = (
    "UNSPECIFIED",
    "SUCCESS",
    "FAILURE",
    "TERMINATED",
    "TIMEOUT",
    "INIT_FAILURE",
    "INTERNAL_FAILURE",
    "IDLE_TIMEOUT",
    "MEMORY_MANAGER_EVICTION",
    "MEMORY_THRASHING_EVICTION",
    "KERNEL_OOM_KILL",
)
"""By number; the modal that is installed may be older than the last two."""


def _status(number: int) -> api_pb2.GenericResult.GenericStatus.ValueType:
    return api_pb2.GenericResult.GenericStatus.ValueType(number)


STATUSES: dict[Cause, tuple[api_pb2.GenericResult.GenericStatus.ValueType, int]] = {
    "killed": (api_pb2.GenericResult.GENERIC_STATUS_FAILURE, 137),
    "terminated": (api_pb2.GenericResult.GENERIC_STATUS_TERMINATED, 0),
    "timeout": (api_pb2.GenericResult.GENERIC_STATUS_TIMEOUT, 0),
    "idle_timeout": (api_pb2.GenericResult.GENERIC_STATUS_IDLE_TIMEOUT, 0),
    "evicted": (api_pb2.GenericResult.GENERIC_STATUS_MEMORY_MANAGER_EVICTION, 137),
    "thrashing": (_status(9), 137),
    "oom": (_status(10), 137),
    "internal_failure": (api_pb2.GenericResult.GENERIC_STATUS_INTERNAL_FAILURE, 1),
}


@dataclass
class Sandbox:
    """One sandbox; `container` is there while it runs, `result` once it has ended."""

    world: World
    version: int
    app_id: str
    definition: api_pb2.Sandbox
    spec: Spec
    tags: dict[str, str]
    sandbox_id: str = ""
    task_id: str = ""
    created_at: float = field(default_factory=time.time)
    started_at: float = 0.0
    ended_at: float = 0.0
    container: Container | None = None
    result: api_pb2.GenericResult | None = None
    execs: dict[str, Exec] = field(default_factory=dict)
    tunnels: dict[int, int] = field(default_factory=dict)
    servers: list[asyncio.AbstractServer] = field(default_factory=list)
    stdout: Buffer = field(default_factory=Buffer)
    stderr: Buffer = field(default_factory=Buffer)
    active_at: float = field(default_factory=time.monotonic)
    connections: int = 0
    exit_snapshot: str = ""
    held: bool = False
    """Whether a fault has kept it from being scheduled."""

    def __post_init__(self) -> None:
        self.sandbox_id = _ids.sandbox_id(self.version)
        self.task_id = _ids.task_id(self.version)
        self.scheduled = asyncio.Event()
        self.ended = asyncio.Event()
        self._ending = asyncio.Lock()
        self._lives = asyncio.ensure_future(self._live())

    @property
    def gpu(self) -> str:
        """The GPU type asked for, or an empty string."""
        return self.definition.resources.gpu_config.gpu_type

    @property
    def name(self) -> str:
        """The name asked for, or an empty string."""
        return self.definition.name

    async def _live(self) -> None:
        await self._be_scheduled()
        if failure := self.world.faults.take(FailsToStart):
            return await self._end(api_pb2.GenericResult.GENERIC_STATUS_INIT_FAILURE, 1, failure.message)
        try:
            container = await self._started()
        except StartError as error:
            return await self._end(api_pb2.GenericResult.GENERIC_STATUS_INIT_FAILURE, 1, str(error))
        self.container = container
        self.stdout, self.stderr = container.process.stdout, container.process.stderr
        self.started_at, self.active_at = time.time(), time.monotonic()
        self.scheduled.set()
        await self._watch(container)

    async def _started(self) -> Container:
        """Start the container; if the sandbox is ended meanwhile, finish starting and take it away again."""
        starting = asyncio.ensure_future(start(self.world.laboratory, self.spec))
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            container = await starting
            container.kill()
            await container.remove()
            raise

    async def _be_scheduled(self) -> None:
        faults = self.world.faults
        if never := next((f for f in faults.peek(NoCapacity) if self.gpu.startswith(f.gpu)), None):
            faults.use(never)
            self.held = True
            while faults.known(never):
                await asyncio.sleep(0.05)
        while self.gpu and any(self._over(limit) for limit in faults.peek(GpuLimit)):
            self.held = True
            await asyncio.sleep(0.05)
        if slow := next((f for f in faults.peek(SlowScheduling) if self.gpu.startswith(f.gpu)), None):
            faults.use(slow)
            self.held = True
            await asyncio.sleep(slow.seconds)

    def _over(self, limit: GpuLimit) -> bool:
        """Whether as many others with a GPU run as may."""
        running = [s for s in self.world.sandboxes.values() if s.gpu and s.container and s.result is None]
        return len(running) >= limit.most

    async def _watch(self, container: Container) -> None:
        """Wait for the first of: the entrypoint's end, the lifetime, the idle time."""
        lifetime = self.definition.timeout_secs or None
        deadline = None if lifetime is None else time.monotonic() + lifetime
        while True:
            until = [t for t in (deadline, self._idle_deadline()) if t is not None]
            pause = max(0.0, min(until) - time.monotonic()) if until else None
            try:
                await asyncio.wait_for(container.process.ended.wait(), pause)
            except TimeoutError:
                if deadline is not None and time.monotonic() >= deadline:
                    return await self.end("timeout")
                idle = self._idle_deadline()
                if idle is not None and time.monotonic() >= idle:
                    return await self.end("idle_timeout")
            else:
                code = container.process.returncode or 0
                failed = api_pb2.GenericResult.GENERIC_STATUS_FAILURE
                status = failed if code else api_pb2.GenericResult.GENERIC_STATUS_SUCCESS
                return await self._end(status, code if code >= 0 else 128 - code)

    def _idle_deadline(self) -> float | None:
        if not self.definition.HasField("idle_timeout_secs"):
            return None
        if self.connections or any(e.returncode is None for e in self.execs.values()):
            self.active_at = time.monotonic()
        return self.active_at + self.definition.idle_timeout_secs

    async def end(self, cause: Cause, message: str = "") -> None:
        """End the sandbox as the outside does."""
        status, code = STATUSES[cause]
        await self._end(status, code, message)

    async def _end(self, status: api_pb2.GenericResult.GenericStatus.ValueType, code: int, message: str = "") -> None:
        async with self._ending:
            if self.result is not None:
                return
            self.result = api_pb2.GenericResult(status=status, exitcode=code, exception=message)
            self.ended_at = time.time()
        for server in self.servers:
            server.close()
        if self.container is not None:
            self.container.kill()
            if self.definition.experimental_options_v2.get("enable_exit_snapshot") == "True":
                self.exit_snapshot = (await snapshot_root(self.world, self.definition, self.container)).image_id
            await self.container.remove()
            if loss := next(self.world.faults.peek(LosesUncommitted), None):
                self.world.faults.use(loss)
                lose_uncommitted(self.world, self.spec)
        self.stdout.close()
        self.stderr.close()
        self.execs.clear()
        self.scheduled.set()
        self.ended.set()
        if asyncio.current_task() is not self._lives:
            self._lives.cancel()

    def strike(self, running: Exec) -> None:
        """Arm what is to happen to the sandbox during this exec."""
        command = " ".join(running.argv)
        fault = next((f for f in self.world.faults.peek(SandboxEnds) if f.during in command), None)
        if fault is None:
            return
        self.world.faults.use(fault)
        ending = fault

        async def happen() -> None:
            await asyncio.sleep(ending.after)
            await self.end(ending.cause, f"fault: {ending.cause}")

        running.keep(asyncio.ensure_future(happen()))

    def info(self) -> api_pb2.SandboxInfo:
        """The sandbox as a listing shows it."""
        task = api_pb2.TaskInfo(
            id=self.task_id if self.scheduled.is_set() else "",
            started_at=self.started_at,
            finished_at=self.ended_at,
            result=self.result,
            enqueued_at=self.created_at,
            gpu_type=self.gpu,
            sandbox_id=self.sandbox_id,
        )
        return api_pb2.SandboxInfo(
            id=self.sandbox_id,
            created_at=self.created_at,
            task_info=task,
            app_id=self.app_id,
            tags=[api_pb2.SandboxTag(tag_name=k, tag_value=v) for k, v in self.tags.items()],
            name=self.name,
            image_id=self.definition.image_id,
            timeout_secs=self.definition.timeout_secs,
            metadata=self.metadata(),
        )

    def metadata(self) -> api_pb2.SandboxHandleMetadata:
        """What a client keeps of a sandbox it looks up."""
        return api_pb2.SandboxHandleMetadata(app_id=self.app_id, result=self.result)
