"""Inspect's own conformance suite on both back ends: all of its checks, none expected to fail."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from modal_support import CPU, GPU, running

from seer_evals.sandboxes.modal_gpu import ModalSandbox
from tests.inspect_checks import CHECKS
from tests.modal_emulator import Emulator

globals().update(CHECKS)


BACK_ENDS = [CPU, pytest.param(GPU, marks=pytest.mark.slow)]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=BACK_ENDS, ids=["V2", "V1"])
async def _sandbox(emulator: Emulator, request: pytest.FixtureRequest) -> AsyncIterator[ModalSandbox]:
    async with running(request.param) as sandbox:
        yield sandbox


@pytest_asyncio.fixture(loop_scope="module")
async def sandbox_env(_sandbox: ModalSandbox) -> ModalSandbox:
    return _sandbox
