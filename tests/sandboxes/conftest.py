import os
from collections.abc import AsyncIterator

import pytest
from workstation_support import running

from seer_evals.sandboxes.workstation import WorkstationSandbox


@pytest.fixture(scope="session", autouse=True)
def state_root(tmp_path_factory: pytest.TempPathFactory) -> str:
    root = str(tmp_path_factory.mktemp("state"))
    os.environ["SEER_SANDBOX_DIR"] = root
    return root


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[WorkstationSandbox]:
    async with running() as one:
        yield one
