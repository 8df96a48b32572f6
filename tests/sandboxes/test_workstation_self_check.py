"""Inspect's own conformance suite: all of its checks, none expected to fail where the sandbox has real root."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from workstation_support import running

from seer_evals.sandboxes.workstation import WorkstationSandbox, _probe
from tests.inspect_checks import CHECKS

ONE_USER = ["test_exec_as_user"]

globals().update(CHECKS)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def _sandbox() -> AsyncIterator[WorkstationSandbox]:
    async with running() as sandbox:
        yield sandbox


@pytest_asyncio.fixture(loop_scope="module")
async def sandbox_env(_sandbox: WorkstationSandbox, request: pytest.FixtureRequest) -> WorkstationSandbox:
    if _probe.mode() not in ("root", "users") and request.node.originalname in ONE_USER:
        request.node.add_marker(pytest.mark.xfail(reason="a user namespace of one user has no others"))
    return _sandbox
