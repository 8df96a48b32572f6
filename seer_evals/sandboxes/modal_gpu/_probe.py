"""Looking at a new sandbox before the agent gets it: is the network really closed, is the GPU really there."""

import json
from collections.abc import Sequence

from inspect_ai.log import transcript
from pydantic import JsonValue

from seer_evals.environment import Environment

from ._errors import unavailable
from ._exec import carry_out
from ._remote import LEASE, Remote, Request, program

OUTSIDE = ("1.1.1.1:443", "8.8.8.8:53")
"""Addresses that anybody with a network reaches."""
_SECONDS = 120
_OUTPUT = 16 * 1024


async def probe(remote: Remote, environment: Environment) -> None:
    """Renew the lease of a sandbox that has just started, check it, and write down in the transcript what it is.

    Raises:
        SandboxUnavailableError: The network is open although it is to be blocked, or a GPU is missing.
    """
    seen = await look(remote, OUTSIDE if environment.network == "blocked" else ())
    if seen["reached"]:
        raise unavailable(f"its network is to be blocked, but it reaches {', '.join(seen['reached'])}; it was ended")
    if remote.gpu and len(seen["gpus"]) < environment.gpu_count:
        raise unavailable(f"{remote.gpu} was asked for, but nvidia-smi lists {seen['gpus'] or 'nothing'}; it was ended")
    note: dict[str, JsonValue] = {
        "sandbox": remote.name,
        "id": remote.sandbox.object_id,
        "gpu": remote.gpu,
        "gpus": list(seen["gpus"]),
    }
    transcript().info({**note, "network": environment.network}, source="modal_gpu")


async def look(remote: Remote, addresses: Sequence[str]) -> dict[str, list[str]]:
    """Which of the addresses a sandbox reaches, and its GPUs."""
    asked = Request(program(remote.layout.python, "hello", LEASE, *addresses), "hello", disposable=True)
    ended = await carry_out(remote, asked, None, _OUTPUT, _SECONDS)
    if ended.code != 0:
        raise unavailable(f"its check failed with status {ended.code}: {ended.err.text().strip()[-800:]}")
    seen: dict[str, list[str]] = json.loads(ended.out.text())
    return seen
