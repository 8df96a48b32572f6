"""Rates, statistics and logs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

from modal_proto import api_pb2

from ._compat import known
from ._rpc import Call
from ._sandboxes import Sandbox
from ._state import found
from ._world import World

RATES = {
    "cpu_hour_cost": "0.05",
    "cpu_hour_cost_sandbox": "0.15",
    "gpu_hour_cost_a100_40gb": "2.00",
    "gpu_hour_cost_a100_80gb": "2.60",
    "gpu_hour_cost_a10g": "1.10",
    "gpu_hour_cost_b200": "6.00",
    "gpu_hour_cost_h100": "4.00",
    "gpu_hour_cost_h200": "4.50",
    "gpu_hour_cost_l4": "0.80",
    "gpu_hour_cost_l40s": "2.00",
    "gpu_hour_cost_rtx6000": "3.00",
    "gpu_hour_cost_t4": "0.60",
    "mem_gib_hour_cost": "0.01",
    "mem_gib_hour_cost_sandbox": "0.03",
}
"""Dollars per hour, by the names that `modal billing rates --json` prints; the figures are the emulator's own."""
_GPUS = {"A10": "a10g", "A100": "a100_40gb", "RTX-PRO-6000": "rtx6000", "H100!": "h100", "B200+": "b200"}


def cost_by_resource(sandbox: Sandbox) -> dict[str, Decimal]:
    """Dollars that a sandbox has cost so far, by resource."""
    if not sandbox.started_at:
        return {}
    hours = Decimal(str((sandbox.ended_at or time.time()) - sandbox.started_at)) / 3600
    asked = sandbox.definition.resources
    amounts = {
        "cpu": (Decimal(asked.milli_cpu or 125) / 1000, RATES["cpu_hour_cost_sandbox"]),
        "memory": (Decimal(asked.memory_mb or 128) / 1024, RATES["mem_gib_hour_cost_sandbox"]),
    }
    if sandbox.gpu:
        kind = sandbox.gpu.upper()
        name = _GPUS.get(kind, kind.lower().replace("-", "_"))
        rate = RATES.get(f"gpu_hour_cost_{name}", RATES["gpu_hour_cost_h100"])
        amounts["gpu"] = (Decimal(asked.gpu_config.count or 1), rate)
    return {name: hours * amount * Decimal(rate) for name, (amount, rate) in amounts.items()}


class MoneyService:
    """What a sandbox costs and what it says."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def WorkspaceBillingRates(
        self, request: api_pb2.WorkspaceBillingRatesRequest, call: Call
    ) -> api_pb2.WorkspaceBillingRatesResponse:
        return api_pb2.WorkspaceBillingRatesResponse(rates=RATES)

    async def WorkspaceBillingReport(self, request: api_pb2.WorkspaceBillingReportRequest, call: Call) -> None:
        """One item per app, for the whole time."""
        for app in self._world.account.apps.values():
            owned = [s for s in self._world.sandboxes.values() if s.app_id == app.app_id]
            cost = sum((sum(cost_by_resource(s).values(), Decimal(0)) for s in owned), Decimal(0))
            tags = {k: v for k, v in app.tags.items() if k in request.tag_names}
            item = api_pb2.WorkspaceBillingReportItem(
                object_id=app.app_id, description=app.name, environment_name=app.environment, cost=str(cost), tags=tags
            )
            item.interval.CopyFrom(request.start_timestamp)
            await call.send(item)

    async def SandboxGetStats(
        self, request: api_pb2.SandboxGetStatsRequest, call: Call
    ) -> api_pb2.SandboxGetStatsResponse:
        """At once, where Modal lags by minutes."""
        sandbox = found(self._world.sandboxes, request.sandbox_id, "sandbox")
        costs = cost_by_resource(sandbox)
        end = sandbox.ended_at or time.time()
        seconds = end - sandbox.started_at if sandbox.started_at else 0.0
        answer = api_pb2.SandboxGetStatsResponse(
            cost=str(sum(costs.values(), Decimal(0))),
            cost_by_resource={name: str(cost) for name, cost in costs.items()},
            duration_hours=seconds / 3600,
            billed_cpu_core_seconds=seconds * (sandbox.definition.resources.milli_cpu or 125) / 1000,
        )
        answer.since.FromDatetime(datetime.fromtimestamp(sandbox.created_at, UTC))
        answer.until.FromDatetime(datetime.fromtimestamp(end, UTC))
        return answer

    async def SandboxGetLogs(self, request: api_pb2.SandboxGetLogsRequest, call: Call) -> None:
        """The entrypoint's output, followed; the entry id is the number of bytes sent."""
        sandbox = found(self._world.sandboxes, request.sandbox_id, "sandbox")
        is_stderr = request.file_descriptor == api_pb2.FILE_DESCRIPTOR_STDERR
        sent = int(request.last_entry_id or 0)
        await sandbox.scheduled.wait()
        async for chunk in (sandbox.stderr if is_stderr else sandbox.stdout).read(sent):
            sent += len(chunk)
            log = api_pb2.TaskLogs(data=chunk.decode(errors="replace"), file_descriptor=request.file_descriptor)
            await call.send(api_pb2.TaskLogsBatch(items=[log], entry_id=str(sent)))
        await call.send(api_pb2.TaskLogsBatch(entry_id=str(sent), eof=True))

    async def AppFetchLogs(self, request: api_pb2.AppFetchLogsRequest, call: Call) -> api_pb2.AppFetchLogsResponse:
        return api_pb2.AppFetchLogsResponse(batches=list(self._batches(request)))

    async def AppCountLogs(self, request: api_pb2.AppCountLogsRequest, call: Call) -> api_pb2.AppCountLogsResponse:
        """Everything in the one bucket in which it is asked for."""
        lines = sum(len(batch.items) for batch in self._batches(request))
        answer = api_pb2.AppCountLogsResponse(app_id=request.app_id)
        if lines:
            bucket = answer.buckets.add()
            bucket.bucket_start_at.CopyFrom(request.since)
            bucket.stdout_logs = lines
        return answer

    def _batches(
        self, request: api_pb2.AppFetchLogsRequest | api_pb2.AppCountLogsRequest
    ) -> Iterator[api_pb2.TaskLogsBatch]:
        for sandbox in self._world.sandboxes.values():
            if sandbox.app_id != request.app_id or (request.sandbox_id not in ("", sandbox.sandbox_id)):
                continue
            logs = [
                api_pb2.TaskLogs(data=line, file_descriptor=descriptor, timestamp=sandbox.started_at)
                for buffer, descriptor in (
                    (sandbox.stdout, api_pb2.FILE_DESCRIPTOR_STDOUT),
                    (sandbox.stderr, api_pb2.FILE_DESCRIPTOR_STDERR),
                )
                for line in bytes(buffer.data).decode(errors="replace").splitlines(keepends=True)
            ]
            owner = {"task_id": sandbox.task_id, "sandbox_id": sandbox.sandbox_id}
            yield known(api_pb2.TaskLogsBatch, items=logs, **owner)
