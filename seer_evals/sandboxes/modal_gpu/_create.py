"""Getting a sandbox from Modal: under a name that is on record before, adopted if an answer was lost, not left over."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio

from seer_evals.environment import Network

from . import _apps, _budget, _end, _leases, _ledger, _secrets, _settings
from ._cost import Need, need
from ._errors import out_of_capacity, retryable, unavailable
from ._gpus import choices
from ._remote import LEASE, Remote, layout, program

if TYPE_CHECKING:
    import modal
    from modal.experimental import OutboundPolicy

logger = logging.getLogger(__name__)

_ATTEMPTS = 3
_LONGEST_PAUSE = 30.0
"""Seconds between two requests that a limit of Modal's is in the way of."""


@dataclass(frozen=True)
class SandboxRequest:
    """A sandbox as it is to be."""

    app: str
    label: str
    """What its name begins with."""
    image: "modal.Image"
    python: str
    gpus: tuple[str, ...] = ()
    """Types in order of preference."""
    gpu_count: int = 1
    cpu: float | None = None
    memory: int | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    """Names of Modal's own Secrets."""
    network: Network = "blocked"
    allow: tuple[str, ...] = ()
    timeout: int = _settings.LONGEST
    volumes: "Callable[[str], Awaitable[dict[str, modal.Volume]]] | None" = None
    """What is mounted into the sandbox of a name, by path."""
    tags: Mapping[str, str] = field(default_factory=dict)
    patient: bool = True
    """Whether to wait for GPUs that others hold. Not so who holds one: two such would wait for each other, and pay."""
    ports: tuple[int, ...] = ()
    """What is reachable from outside, over TLS."""
    keys: "OutboundPolicy | None" = None
    """What Modal adds to requests that leave the sandbox."""
    greet: "Callable[[Remote], Awaitable[None]] | None" = None
    """What is done first in the sandbox, and has to renew its lease; where it fails there is to be no sandbox."""


@dataclass(frozen=True)
class CreatedSandbox:
    """A sandbox that runs, under the name that it is on record by."""

    remote: Remote
    entry: _ledger.Entry


async def create(request: SandboxRequest) -> CreatedSandbox:
    """Start a sandbox, on the first type of GPU that is to be had; its lease is held from then on.

    Modal does not tell a workspace's limit of GPUs from there being none: it schedules nothing. While other sandboxes
    of this process hold some, the limit may be what is reached, and it is tried again in the hope that one ends.

    Raises:
        SandboxUnavailableError: None was to be had in time, or Modal refused; nothing is left behind.
        BudgetSpent: The budget is used up.
    """
    began = anyio.current_time()
    while True:
        holding = _budget.budget().gpus() if request.gpus and request.patient else 0
        refusals = []
        for gpu in _choices(request):
            try:
                return await _attempt(request, gpu)
            except NotToBeHad as refusal:
                logger.info("%s", refusal)
                refusals.append(str(refusal))
        waited = anyio.current_time() - began
        if not holding or waited >= _settings.queue():
            raise unavailable(_in_words(refusals, holding, waited))
        logger.info("this process holds %d GPUs, so the workspace's limit may be reached: trying again", holding)


def _in_words(refusals: Sequence[str], holding: int, waited: float) -> str:
    said = f"none was to be had: {'; '.join(refusals)}"
    if not holding:
        return f"{said}. Set {_settings.CAPACITY_VARIABLE} to wait longer"
    return (
        f"{said}. Others of this process hold {holding} GPUs, so the workspace's limit of them may be reached; "
        f"none had ended after {waited:.0f} s. Run fewer at once (--max-sandboxes), or set {_settings.QUEUE_VARIABLE} "
        "to wait longer"
    )


def _choices(request: SandboxRequest) -> tuple[str | None, ...]:
    if not request.gpus:
        return (None,)
    kinds = choices(request.gpus, request.gpu_count)
    return tuple(kind if request.gpu_count == 1 else f"{kind}:{request.gpu_count}" for kind in kinds)


class NotToBeHad(Exception):
    """A type of GPU that was not to be had, because there is no capacity or a limit of Modal's is reached."""


async def _attempt(request: SandboxRequest, gpu: str | None) -> CreatedSandbox:
    from modal import exception

    entry = _recorded(request)
    patience = _settings.capacity()
    limits: list[str] = []
    try:
        with anyio.move_on_after(patience) as scope:
            sandbox = await _created(request, gpu, entry, limits)
            remote = Remote(sandbox, entry.name, layout(request.python), gpu)
            # Only a sandbox that has been scheduled answers.
            await (request.greet(remote) if request.greet else _leases.renew(sandbox))
            _leases.hold(_leases.Lease(sandbox, entry.name))
            _budget.budget().start(entry.name, gpu)
            return CreatedSandbox(remote, entry)
    except exception.ResourceExhaustedError as error:
        await _end.give_up(entry)
        raise NotToBeHad(f"{gpu or 'a sandbox'}: no capacity ({error})") from error
    except (exception.Error, OSError) as error:
        await _end.give_up(entry)
        raise unavailable(f"Modal did not start one ({type(error).__name__}: {error})") from error
    except BaseException:
        # A sample that is cancelled has no sandbox to clean up: what was asked for is known here alone.
        await _end.give_up(entry)
        raise
    assert scope.cancelled_caught
    await _end.give_up(entry)
    if limits:
        raise NotToBeHad(f"{gpu or 'a sandbox'}: a limit of Modal's, still after {patience:g} s ({limits[-1]})")
    raise NotToBeHad(f"{gpu or 'a sandbox'}: none within {patience:g} s")


def _recorded(request: SandboxRequest) -> _ledger.Entry:
    """Put a new name on record, unless the budget is used up."""
    entry = _ledger.open_entry(request.app, request.label)
    try:
        _budget.budget().open(entry.name, _need(request))
    except BaseException:
        _ledger.close_entry(entry)
        raise
    return entry


def _need(request: SandboxRequest) -> Need:
    return need(request.gpus, request.gpu_count, request.cpu, request.memory)


async def _created(
    request: SandboxRequest, gpu: str | None, entry: _ledger.Entry, limits: list[str]
) -> "modal.Sandbox":
    """Ask until there is an answer; what Modal says of its limits, which pass, goes to `limits`."""
    import modal

    arguments = await _arguments(request, gpu, entry)
    command = program(request.python, "lease", LEASE, str(_settings.lease()))
    attempt = 0
    while True:
        try:
            return await modal.Sandbox.create.aio(*command, **arguments)
        except modal.exception.AlreadyExistsError:
            # The name is nobody else's: an earlier request of ours was answered, and the answer was lost.
            return await modal.Sandbox.from_name.aio(entry.app, entry.name)
        except modal.exception.ResourceExhaustedError as error:
            if out_of_capacity(error):
                raise
            # A rate or a quota: it may be free again a little later, until patience ends.
            limits.append(str(error))
            await anyio.sleep(min(0.5 * 2 ** len(limits), _LONGEST_PAUSE))
        except (modal.exception.Error, OSError) as error:
            attempt += 1
            if not retryable(error) or attempt == _ATTEMPTS:
                raise
            await anyio.sleep(0.25 * 2**attempt)


async def _arguments(request: SandboxRequest, gpu: str | None, entry: _ledger.Entry) -> dict[str, Any]:
    held = _need(request)
    # A network that is blocked from the start has no open ports either; such a one is closed by `greet`.
    network: dict[str, Any] = {"block_network": True} if request.network == "blocked" and not request.ports else {}
    if request.network == "allowlist":
        network = {"outbound_domain_allowlist": list(request.allow)}
    return {
        "app": await _apps.app(request.app),
        "name": entry.name,
        "tags": {**request.tags, "owner_host": entry.host, "owner_pid": str(entry.pid)},
        "image": request.image,
        "env": dict(request.env) or None,
        "secrets": [_secrets.secret(name) for name in request.secrets],
        "timeout": min(request.timeout, _settings.LONGEST),
        "gpu": gpu,
        "cpu": held.cpu,
        "memory": held.memory,
        "volumes": await request.volumes(entry.name) if request.volumes else {},
        **({"encrypted_ports": list(request.ports)} if request.ports else {}),
        **({"_experimental_outbound_policy": request.keys} if request.keys else {}),
        **network,
    }
