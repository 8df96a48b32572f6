"""What can go wrong on demand: one small frozen dataclass per fault, and the list of those that are armed.

Every fault has a number of times that it strikes, after which it is spent; `None` means for ever.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeVar

Cause = Literal["killed", "terminated", "timeout", "idle_timeout", "evicted", "thrashing", "oom", "internal_failure"]
"""How a sandbox ends: killed = its entrypoint receives SIGKILL, the others are statuses of `GenericResult`."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Anything that can be armed with `emulator.faults.add(...)`."""

    times: int | None = 1


@dataclass(frozen=True, kw_only=True)
class Lasting(Fault):
    """What strikes for ever, unless a number is said."""

    times: int | None = None


@dataclass(frozen=True, kw_only=True)
class Unavailable(Fault):
    """The next `times` calls of `method` answer UNAVAILABLE and do nothing; `"*"` is every method."""

    method: str


@dataclass(frozen=True, kw_only=True)
class Exhausted(Fault):
    """The next `times` calls of `method` answer RESOURCE_EXHAUSTED, with a retry policy of `retry_after` s or none."""

    method: str
    retry_after: float | None = 0.1


@dataclass(frozen=True, kw_only=True)
class LostResponse(Fault):
    """`method` does its work, and the answer is lost: `times` calls (retries included) see UNAVAILABLE.

    The client's own retries carry an idempotency key. With `remembered`, the server recognises it and does the work
    once; without, every retry is a new request.
    """

    method: str
    remembered: bool = True


@dataclass(frozen=True, kw_only=True)
class Delay(Lasting):
    """Every call of `method` (`"*"` is every method) is answered `seconds` later: a wide-area round trip."""

    seconds: float
    method: str = "*"


@dataclass(frozen=True, kw_only=True)
class NoCapacity(Lasting):
    """Sandboxes created with `gpu` (prefix, `""` is any sandbox) are never scheduled."""

    gpu: str = ""


@dataclass(frozen=True, kw_only=True)
class GpuLimit(Lasting):
    """A workspace that may have `most` sandboxes with a GPU at once: more are scheduled once others have ended."""

    most: int


@dataclass(frozen=True, kw_only=True)
class LosesUncommitted(Lasting):
    """What a sandbox wrote into its volumes after the last `sync` of their mount point goes with it."""


@dataclass(frozen=True, kw_only=True)
class SlowScheduling(Lasting):
    """Sandboxes created with `gpu` (prefix, `""` is any sandbox) are scheduled after `seconds`."""

    seconds: float
    gpu: str = ""


@dataclass(frozen=True, kw_only=True)
class FailsToStart(Fault):
    """The next sandboxes are scheduled and end at once with INIT_FAILURE and `message`."""

    message: str = "failed to start the container"


@dataclass(frozen=True, kw_only=True)
class SandboxEnds(Fault):
    """A sandbox ends for `cause`, `after` seconds into an exec whose argv contains `during`."""

    cause: Cause
    during: str = ""
    after: float = 0.0


@dataclass(frozen=True, kw_only=True)
class LateResult(Lasting):
    """`wait` and `poll` say for `seconds` after a sandbox's end that it is running, while its router knows better."""

    seconds: float


@dataclass(frozen=True, kw_only=True)
class CutStream(Fault):
    """A stdio stream of an exec breaks after `after_bytes` bytes of one read; the client resumes by offset."""

    after_bytes: int
    stream: Literal["stdout", "stderr"] = "stdout"


@dataclass(frozen=True, kw_only=True)
class StalledSnapshot(Fault):
    """A snapshot takes `seconds` longer than it needs."""

    seconds: float


@dataclass(frozen=True, kw_only=True)
class BuildFails(Fault):
    """An image with a build step that contains `step` fails to build with `message`."""

    step: str
    message: str = "the build step failed"


@dataclass(frozen=True, kw_only=True)
class Refused(Fault):
    """The next `times` calls of `method` (`"*"` is every method) answer that this token may not."""

    method: str
    status: Literal["UNAUTHENTICATED", "PERMISSION_DENIED"] = "PERMISSION_DENIED"


AnyFault = TypeVar("AnyFault", bound=Fault)


@dataclass
class _Armed:
    fault: Fault
    left: int | None


@dataclass
class Faults:
    """The armed faults of one emulator; safe to fill from another thread than the server's."""

    _armed: list[_Armed] = field(default_factory=list)
    struck: list[Fault] = field(default_factory=list)

    def add(self, fault: AnyFault) -> AnyFault:
        """Arm `fault` and return it."""
        self._armed.append(_Armed(fault, fault.times))
        return fault

    def remove(self, fault: Fault) -> None:
        """Disarm `fault`, wherever it stands."""
        self._armed = [armed for armed in self._armed if armed.fault is not fault]

    def clear(self) -> None:
        """Disarm everything."""
        self._armed = []

    def known(self, fault: Fault) -> bool:
        """Whether `fault` was added and not removed, spent or not."""
        return any(armed.fault is fault for armed in self._armed)

    def peek(self, kind: type[AnyFault]) -> Iterator[AnyFault]:
        """The faults of one kind that are armed, without using them up."""
        for armed in list(self._armed):
            if isinstance(armed.fault, kind) and armed.left != 0:
                yield armed.fault

    def use(self, fault: Fault) -> None:
        """Count one strike of `fault`."""
        self.struck.append(fault)
        for armed in self._armed:
            if armed.fault is fault and armed.left is not None:
                armed.left -= 1

    def take(self, kind: type[AnyFault], **fields: str) -> AnyFault | None:
        """The first armed fault of `kind` whose `fields` match (`"*"` matches all), used once, or None."""
        for fault in self.peek(kind):
            if all(getattr(fault, name) in ("*", value) for name, value in fields.items()):
                self.use(fault)
                return fault
        return None
