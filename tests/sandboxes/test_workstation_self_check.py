"""Inspect's own conformance suite: all of its checks, none expected to fail where the sandbox has real root."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from workstation_support import running

from seer_evals.inspect_private import sandbox_self_check
from seer_evals.sandboxes.workstation import WorkstationSandbox, _probe

ONE_USER = ["test_exec_as_user"]

globals().update({name: check for name, check in vars(sandbox_self_check).items() if name.startswith("test_")})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def _sandbox() -> AsyncIterator[WorkstationSandbox]:
    async with running() as sandbox:
        yield sandbox


@pytest_asyncio.fixture(loop_scope="module")
async def sandbox_env(_sandbox: WorkstationSandbox, request: pytest.FixtureRequest) -> WorkstationSandbox:
    if _probe.mode() not in ("root", "users") and request.node.originalname in ONE_USER:
        request.node.add_marker(pytest.mark.xfail(reason="a user namespace of one user has no others"))
    return _sandbox
