"""A sandbox for one sample, from the prepared image of its environment."""

import functools
import logging

from seer_evals.environment import Environment
from seer_evals.inspect_private import sample_active

from . import _apps, _debug, _end, _keys, _secrets, _weights
from ._create import CreatedSandbox, SandboxRequest, create
from ._environ import variables
from ._lifetime import lifetime
from ._prepare import prepared
from ._probe import probe
from ._remote import Remote
from ._tags import plain, tags

logger = logging.getLogger(__name__)


async def start(
    environment: Environment, name: str, task: str, metadata: dict[str, str], *, patient: bool = True
) -> CreatedSandbox:
    """Start, check and record the sandbox `name` of a sample; `patient` if none of the sample holds a GPU yet.

    Raises:
        SandboxUnavailableError: It is not to be had, or not what was asked for; nothing is left behind.
    """
    import modal

    ready = await prepared(environment)
    # Before there is a GPU: usually they have been there since the task began.
    await _weights.fetch_all(environment)
    active = sample_active()
    seconds = lifetime(environment.timeout, active.time_limit if active else None)
    request = SandboxRequest(
        app=_apps.name_of(active.eval_id if active else None),
        label=plain(task),
        image=modal.Image.from_id(ready.image_id),
        python=ready.python,
        gpus=environment.gpu,
        gpu_count=environment.gpu_count,
        cpu=environment.cpu,
        memory=environment.memory,
        env=variables(environment, offline=environment.network != "open"),
        network=environment.network,
        allow=environment.allow,
        timeout=seconds,
        secrets=_secrets.on_modal(environment),
        volumes=functools.partial(_weights.volumes, environment=environment),
        patient=patient,
        tags=tags(task, metadata, name, seconds),
        ports=(_debug.PORT,) if environment.debug else (),
        keys=_keys.policy(environment),
        greet=functools.partial(_greet, environment=environment),
    )
    got = await create(request)
    if environment.debug:
        await _let_in(got)
    return got


async def _greet(remote: Remote, environment: Environment) -> None:
    """Close a network that has to be open at first for the sake of its ports, and check everything."""
    if environment.debug and environment.network == "blocked":
        await remote.sandbox._experimental_set_outbound_network_policy.aio(outbound_cidr_allowlist=[])
    await probe(remote, environment)


async def _let_in(got: CreatedSandbox) -> None:
    try:
        address = await _debug.open_editor(got.remote)
    except BaseException:
        await _end.end(got.entry, got.remote.sandbox)
        raise
    logger.warning("debug: the sandbox %s is open to whoever has this address: %s", got.remote.name, address)
