"""One execution of a cell: what the kernel said about it so far."""

import asyncio
import time
from typing import Any

from .outputs import Collector

LATE_LIMIT = 256 * 2**10
"""Bytes that are kept of what a cell's background threads print after it has finished."""


class Run:
    """A cell that was sent to the kernel."""

    def __init__(self, identifier: str) -> None:
        self.id = identifier
        self.status = "running"
        """`running`, `ok`, `error`, `interrupted`, `timeout` or `dead`."""
        self.execution_count: int | None = None
        self.stopped_by: str | None = None
        """`timeout` or `interrupted`, once the cell was interrupted from outside."""
        self.unresponsive = False
        """The cell was interrupted and goes on nevertheless."""
        self.done = asyncio.Event()
        self.settled = asyncio.Event()
        """Done, or known not to react to interrupts: nothing is gained by waiting on."""
        self.replied = asyncio.Event()
        """The kernel has given its verdict; output may still be under way."""
        self._outputs = Collector()
        self._late = Collector(LATE_LIMIT)
        self._started = time.monotonic()
        self._finished: float | None = None
        self._reply: dict[str, Any] | None = None
        self._ran: list[Any] = []
        self._idle = False

    @property
    def has_late(self) -> bool:
        """Something came after the end and was not handed out yet."""
        return bool(self._late)

    def take_late(self) -> list[dict[str, Any]]:
        """Hand out what came after the end."""
        outputs, self._late = self._late.outputs(), Collector(LATE_LIMIT)
        return outputs

    @property
    def ends_kernel(self) -> bool:
        """The cell has called `exit()` or `quit()`, so the kernel's end belongs to it."""
        payload = (self._reply or {}).get("payload", [])
        return any(item.get("source") == "ask_exit" and not item.get("keepkernel") for item in payload)

    def on_reply(self, content: dict[str, Any], metadata: Any = None) -> None:
        """Note the kernel's verdict; the cell is done when all its output is there, too."""
        self._reply = content
        ran = metadata.get("ran") if isinstance(metadata, dict) else None
        self._ran = ran if isinstance(ran, list) else []
        self.execution_count = content.get("execution_count", self.execution_count)
        self.replied.set()
        if self._idle:
            self.conclude()

    def on_idle(self) -> None:
        """All output has arrived."""
        self._idle = True
        if self._reply is not None:
            self.conclude()

    def conclude(self) -> None:
        """End the cell as the verdict says, unless it has ended the kernel, of which more will be heard."""
        if self._reply is not None and not self.ends_kernel:
            self.finish("ok" if self._reply.get("status") == "ok" else "error")

    def give_up(self) -> None:
        """Note that the cell does not react to interrupts."""
        self.unresponsive = True
        self.settled.set()

    def finish(self, status: str) -> None:
        """Settle how the cell ended; the first word counts."""
        if self.done.is_set():
            return
        self.status = self.stopped_by if status == "error" and self.stopped_by else status
        self._finished = time.monotonic()
        self.unresponsive = False
        self.done.set()
        self.settled.set()

    def on_output(self, kind: str, content: dict[str, Any]) -> None:
        """Collect one message of the output channel."""
        outputs = self._late if self.done.is_set() else self._outputs
        if kind == "stream":
            outputs.add_text(content["name"], content["text"])
        elif kind == "streams":
            for name, text, dropped in _parts(content):
                outputs.add_text(name, text)
                outputs.add_dropped(dropped)
        elif kind == "clear_output":
            outputs.clear(bool(content.get("wait")))
        elif kind == "error":
            fields = {key: content[key] for key in ("ename", "evalue", "traceback")}
            outputs.add({"output_type": "error", **fields})
        elif kind in ("display_data", "execute_result"):
            outputs.add(_display(kind, content))

    def update_display(self, content: dict[str, Any]) -> bool:
        """Replace a display of this cell; false if it is none of this cell's."""
        identifier = content.get("transient", {}).get("display_id", "")
        return any(
            outputs.update(identifier, content["data"], content["metadata"]) for outputs in (self._outputs, self._late)
        )

    def snapshot(self) -> dict[str, Any]:
        """The state of the cell as the answer to a request; `duration` in seconds."""
        end = self._finished if self._finished is not None else time.monotonic()
        return {
            "run": self.id,
            "status": self.status,
            "unresponsive": self.unresponsive,
            "execution_count": self.execution_count,
            "duration": round(end - self._started, 4),
            "outputs": self._outputs.outputs(),
            "ran": self._ran,
        }


def _display(kind: str, content: dict[str, Any]) -> dict[str, Any]:
    output = {"output_type": kind, "data": content["data"], "metadata": content["metadata"]}
    if kind == "execute_result":
        output["execution_count"] = content.get("execution_count")
    if identifier := content.get("transient", {}).get("display_id"):
        output["transient"] = {"display_id": identifier}
    return output


def _parts(content: dict[str, Any]) -> list[tuple[str, str, int]]:
    """What one of our own messages says was written; nothing if a cell has made the message up and got it wrong."""
    parts = content.get("parts")
    try:
        known = [(name, text, dropped) for name, text, dropped in parts or []]
    except (TypeError, ValueError):
        return []
    sound = all(
        name in ("stdout", "stderr") and isinstance(text, str) and isinstance(dropped, int) and dropped >= 0
        for name, text, dropped in known
    )
    return known if sound else []
